using System.Globalization;

namespace Serverless.Benchmarks.Ingestion;

/// <summary>The most that the stack's app takes while this lives, by Linux's <c>/proc</c>, every quarter of a second.</summary>
internal sealed class WatchedMemory : IDisposable
{
    private readonly int _stack;
    private readonly Timer _timer;
    private long _peak;

    public WatchedMemory(int stack)
    {
        _stack = stack;
        _timer = new Timer(_ => Look(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
    }

    public long PeakMegabytes => Interlocked.Read(ref _peak) >> 10;

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                if (!File.ReadAllText(Path.Combine(folder, "cmdline")).Contains("Serverless.Functions.dll", StringComparison.Ordinal) || !IsOfStack(folder)) continue;
                var resident = File.ReadLines(Path.Combine(folder, "status")).First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
                _peak = Math.Max(_peak, long.Parse(resident.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or InvalidOperationException)
            {
                // It has ended meanwhile.
            }
        }
    }

    private bool IsOfStack(string folder)
    {
        for (var pid = int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture); pid > 1;)
        {
            if (pid == _stack) return true;
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            pid = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }

        return false;
    }
}
