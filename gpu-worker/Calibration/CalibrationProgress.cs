using System.Globalization;
using Serverless.GpuWorker.Conversion;

namespace Serverless.GpuWorker.Calibration;

/// <summary>Writes how far a calibration is.</summary>
internal sealed class CalibrationProgress(TextWriter writer, bool isTerminal, TimeProvider time)
{
    private readonly ProgressLine _line = new(writer, isTerminal, time);
    private readonly long _began = time.GetTimestamp();

    public void Advance(int tokens, int total) => _line.Advance((double)tokens / total, () =>
    {
        double seconds = time.GetElapsedTime(_began).TotalSeconds;
        string rate = seconds > 0 ? (tokens / seconds).ToString("F0", CultureInfo.InvariantCulture) : "-";
        return string.Create(CultureInfo.InvariantCulture, $"{tokens} of {total} tokens  {rate} tokens/s");
    });

    public void End() => _line.End();
}
