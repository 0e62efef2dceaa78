using System.Diagnostics;

namespace Serverless.Functions.Telemetry;

/// <summary>
/// The app's spans: a request, a retrieval, a call of a model, a step of ingestion. There are none, at no cost, while nobody listens. Instrumentation of HTTP clients
/// is left out on purpose: it would write URLs, and those of storage hold names of documents.
/// </summary>
internal static class GatewayTraces
{
    public const string SourceName = "Serverless.Gateway";

    public static ActivitySource Source { get; } = new(SourceName);

    /// <summary>
    /// What a provider gets of the trace, as <c>traceparent</c>: the id of the app's own span that is on; null for none. Baggage and tracestate are callers'
    /// texts and go nowhere.
    /// </summary>
    public static string? CurrentId
    {
        get
        {
            var activity = Activity.Current;
            while (activity is not null && activity.Source != Source) activity = activity.Parent;
            return activity?.Id;
        }
    }
}
