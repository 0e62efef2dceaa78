namespace Serverless.Local.Processes;

/// <summary>The last lines of a process's output, in memory only: they may hold what a user sent, and never reach a file.</summary>
public sealed class OutputRing(int capacity)
{
    private const int MaxLineLength = 500;

    private readonly Queue<string> _lines = new();

    public void Add(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        lock (_lines)
        {
            if (_lines.Count == capacity) _lines.Dequeue();
            _lines.Enqueue(line.Length <= MaxLineLength ? line : line[..MaxLineLength]);
        }
    }

    public void Clear()
    {
        lock (_lines) _lines.Clear();
    }

    /// <summary>The lines kept, oldest first.</summary>
    public IReadOnlyList<string> Snapshot()
    {
        lock (_lines) return [.. _lines];
    }
}
