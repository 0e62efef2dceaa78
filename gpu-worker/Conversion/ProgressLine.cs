using System.Globalization;

namespace Serverless.GpuWorker.Conversion;

/// <summary>Writes how far something long is: a bar that is redrawn on a terminal, otherwise a line now and then.</summary>
internal sealed class ProgressLine(TextWriter writer, bool isTerminal, TimeProvider time)
{
    private const int BarWidth = 30;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Line = TimeSpan.FromSeconds(10);

    private long _last = time.GetTimestamp();

    /// <summary>From now on time counts towards the next line.</summary>
    public void Begin() => _last = time.GetTimestamp();

    /// <param name="share">0..1; 1 is always written.</param>
    /// <param name="describe">What is said after the percentage.</param>
    public void Advance(double share, Func<string> describe)
    {
        if (share < 1 && time.GetElapsedTime(_last) < (isTerminal ? Redraw : Line))
            return;

        _last = time.GetTimestamp();
        string text = $"{share.ToString("P0", CultureInfo.InvariantCulture),5}  {describe()}";
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
}
