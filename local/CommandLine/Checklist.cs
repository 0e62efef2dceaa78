using System.Globalization;

namespace Serverless.Local.CommandLine;

/// <summary>What is shown while the stack starts: a line for each thing done, with its time; on a terminal, a bar in place for what takes longer.</summary>
public sealed class Checklist(TextWriter output, bool isTerminal, TimeProvider? time = null)
{
    private const int BarWidth = 24;

    /// <summary>A step that takes longer than this is announced: nobody looks at silence and wonders.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    private readonly Lock _lock = new();
    private bool _barShown;

    /// <summary>Runs one step and shows it when it is done. Steps may run side by side.</summary>
    public async Task<T> StepAsync<T>(string name, Func<Task<T>> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        var started = _time.GetTimestamp();
        await using var announcement = _time.CreateTimer(_ => Line($"  … {name}"), null, Silence, Timeout.InfiniteTimeSpan);
        var result = await step();
        await announcement.DisposeAsync();
        Done(name, _time.GetElapsedTime(started));
        return result;
    }

    /// <inheritdoc cref="StepAsync{T}"/>
    public Task StepAsync(string name, Func<Task> step) => StepAsync(name, async () =>
    {
        await step();
        return true;
    });

    public void Done(string name, TimeSpan took) => Line($"  ✓ {name,-44} {took.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture),6} s");

    public void Warn(string text) => Line($"  ! {text}");

    public void Line(string text)
    {
        lock (_lock)
        {
            ClearBar();
            output.WriteLine(text);
            output.Flush();
        }
    }

    /// <summary>Shows how far something has come: in place on a terminal, nothing elsewhere (its own line follows when it is done).</summary>
    public void Progress(string name, int done, int total)
    {
        if (!isTerminal || total == 0) return;
        lock (_lock)
        {
            var filled = BarWidth * done / total;
            output.Write($"\r  … {name,-30} [{new string('█', filled)}{new string('·', BarWidth - filled)}] {done}/{total} ");
            output.Flush();
            _barShown = true;
        }
    }

    private void ClearBar()
    {
        if (!_barShown) return;
        output.Write("\r\u001b[K");
        _barShown = false;
    }
}
