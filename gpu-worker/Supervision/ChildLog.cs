namespace Serverless.GpuWorker.Supervision;

/// <summary>Forwards a child's lines to the worker's log and remembers the last. A line without end takes no memory.</summary>
internal sealed class ChildLog(TextReader lines, string child, ILogger logger)
{
    private const int MaxLine = 4096;

    public string LastLine { get; private set; } = "none";

    /// <summary>Reads to the end, blocking.</summary>
    public void Forward()
    {
        var (buffer, line) = (new char[1024], new System.Text.StringBuilder());
        try
        {
            for (int read; (read = lines.Read(buffer, 0, buffer.Length)) > 0;)
            {
                foreach (var c in buffer.AsSpan(0, read))
                {
                    if (c == '\n') Say(line);
                    else if (line.Length < MaxLine && c != '\r') line.Append(c);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process is gone.
        }

        Say(line);
    }

    private void Say(System.Text.StringBuilder line)
    {
        if (line.Length == 0) return;
        LastLine = line.ToString();
        line.Clear();
        SupervisionLog.Said(logger, child, LastLine);
    }
}
