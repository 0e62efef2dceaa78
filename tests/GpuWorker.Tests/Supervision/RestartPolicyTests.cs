using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Supervision;

namespace Serverless.GpuWorker.Tests.Supervision;

public sealed class RestartPolicyTests
{
    [Fact]
    public void After_AnyCrashes_IsWithinTheUpperHalfOfADoublingPause() => Prop.ForAll<PositiveInt, int>((crashes, seed) =>
    {
        var pause = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20), new Random(seed)).After(crashes.Get);
        var full = Math.Min(20, Math.Pow(2, crashes.Get - 1));
        Assert.InRange(pause.TotalSeconds, full / 2, full);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void After_SameSeed_IsTheSame()
    {
        static TimeSpan[] Pauses() => [.. Enumerable.Range(1, 5).Select(new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), new Random(3)).After)];
        Assert.Equal(Pauses(), Pauses());
    }

    /// <summary>Against the definition: crashes of the last minute of service, this one included.</summary>
    [Fact]
    public void Add_AnyLives_CountsThoseWithinTheWindow() => Prop.ForAll<byte[]>(seconds =>
    {
        var window = new CrashWindow(TimeSpan.FromSeconds(60));
        var ends = new List<int>();
        foreach (var life in seconds)
        {
            ends.Add(ends.LastOrDefault() + life);
            Assert.Equal(ends.Count(end => ends[^1] - end <= 60), window.Add(TimeSpan.FromSeconds(life)));
        }
    }).QuickCheckThrowOnFailure();
}
