using System.Globalization;

namespace Serverless.GpuWorker.Conversion;

/// <summary>Writes how far a conversion is.</summary>
internal sealed class ConsoleProgress(TextWriter writer, bool isTerminal, TimeProvider time) : IConversionProgress
{
    private readonly ProgressLine _line = new(writer, isTerminal, time);
    private long _total, _first, _began;

    public void Begin(long bytes, long resumed)
    {
        _line.Begin();
        (_total, _first, _began) = (bytes, resumed, time.GetTimestamp());
        if (resumed > 0)
            writer.WriteLine($"going on after {Gigabytes(resumed)} of {Gigabytes(bytes)} GB");
    }

    public void Advance(string tensor, long bytes) => _line.Advance(_total > 0 ? (double)bytes / _total : 1, () =>
    {
        double seconds = time.GetElapsedTime(_began).TotalSeconds;
        string rate = seconds > 0 ? ((bytes - _first) / 1e6 / seconds).ToString("F0", CultureInfo.InvariantCulture) : "-";
        return $"{Gigabytes(bytes)} of {Gigabytes(_total)} GB  {rate} MB/s  {tensor}";
    });

    public void End() => _line.End();

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("F2", CultureInfo.InvariantCulture);
}
