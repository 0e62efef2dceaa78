using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Hosting;

/// <summary>How long Durable's tables say what became of an orchestration.</summary>
/// <param name="Keep"><c>Durable:HistoryDays</c>, 8..365: after its start. Default 14. More than the seven days for which a queue keeps a message that may come again.</param>
public sealed record HistoryOptions(TimeSpan Keep)
{
    /// <exception cref="InvalidOperationException">The setting is out of its range; the message names it.</exception>
    public static HistoryOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new HistoryOptions(TimeSpan.FromDays(configuration.WholeNumber("Durable:HistoryDays", 8, 365, 14)));
    }
}
