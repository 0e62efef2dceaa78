using System.Diagnostics;

namespace Local.Tests.Support;

/// <summary>Waits for what must come true, with a deadline that only a defect reaches.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > Deadline) throw new TimeoutException($"Not within {Deadline.TotalSeconds} s: {what}.");
            await Task.Delay(20);
        }
    }
}
