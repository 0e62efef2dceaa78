using ModelContextProtocol;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>Passes on how far an upstream call is, one report after the other; what comes while one is under way is left out.</summary>
/// <param name="tell">Who asked for it.</param>
/// <param name="hasWords">Whether the server's words go with the number: not where they would pass its guards by.</param>
internal sealed class ToolProgress(Func<ProgressNotificationValue, CancellationToken, Task> tell, bool hasWords, CancellationToken stop) : IProgress<ProgressNotificationValue>
{
    private const int MaxWords = 200;

    private int _isTelling;
    private bool _isOver;

    public void Report(ProgressNotificationValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (Volatile.Read(ref _isOver) || Interlocked.Exchange(ref _isTelling, 1) == 1) return;
        var words = hasWords && value.Message is { Length: > 0 and <= MaxWords } said && HiddenCharacters.In(said).Count == 0 ? said : null;
        _ = TellAsync(new ProgressNotificationValue { Progress = value.Progress, Total = value.Total, Message = words });
    }

    /// <summary>Nothing is told behind the result.</summary>
    public void End() => Volatile.Write(ref _isOver, true);

    private async Task TellAsync(ProgressNotificationValue value)
    {
        try
        {
            await tell(value, stop).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Who asked is gone; the call ends by that.
        }
        finally
        {
            Volatile.Write(ref _isTelling, 0);
        }
    }
}
