using System.Globalization;

namespace Serverless.GpuWorker.Conversion;

/// <summary>Writes how far a conversion is: a bar that is redrawn on a terminal, otherwise a line now and then.</summary>
internal sealed class ConsoleProgress(TextWriter writer, bool isTerminal, TimeProvider time) : IConversionProgress
{
    private const int BarWidth = 30;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Line = TimeSpan.FromSeconds(10);

    private long _total, _first, _began, _last;

    public void Begin(long bytes, long resumed)
    {
        (_total, _first, _began) = (bytes, resumed, time.GetTimestamp());
        _last = _began;
        if (resumed > 0)
            writer.WriteLine($"going on after {Gigabytes(resumed)} of {Gigabytes(bytes)} GB");
    }

    public void Advance(string tensor, long bytes)
    {
        if (bytes < _total && time.GetElapsedTime(_last) < (isTerminal ? Redraw : Line))
            return;

        _last = time.GetTimestamp();
        double share = _total > 0 ? (double)bytes / _total : 1, seconds = time.GetElapsedTime(_began).TotalSeconds;
        string rate = seconds > 0 ? ((bytes - _first) / 1e6 / seconds).ToString("F0", CultureInfo.InvariantCulture) : "-";
        string text = $"{share.ToString("P0", CultureInfo.InvariantCulture),5}  {Gigabytes(bytes)} of {Gigabytes(_total)} GB  {rate} MB/s  {tensor}";
        if (!isTerminal)
        {
            writer.WriteLine(text.TrimStart());
            return;
        }
        int filled = (int)(share * BarWidth);
        // Escape K clears what a longer line left behind.
        writer.Write($"\r[{new string('=', filled)}{new string(' ', BarWidth - filled)}] {text}\e[K");
    }

    public void End()
    {
        if (isTerminal)
            writer.WriteLine();
    }

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("F2", CultureInfo.InvariantCulture);
}
