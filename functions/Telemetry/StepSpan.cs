using System.Diagnostics;
using Serverless.Functions.Ingestion;

namespace Serverless.Functions.Telemetry;

/// <summary>
/// One step of ingestion: a span of the activity's name below the host's own (Durable's tracing in host.json), with <c>serverless.document</c>, the SHA-256 of the
/// document's name, by which the steps of a document are found: its path and its collection may be content.
/// </summary>
internal static class StepSpan
{
    public static Task<T> RunAsync<T>(string step, DocumentName document, Func<Task<T>> run) =>
        GatewayTraces.Source.HasListeners() ? TraceAsync(step, document, run) : run();

    private static async Task<T> TraceAsync<T>(string step, DocumentName document, Func<Task<T>> run)
    {
        using var span = GatewayTraces.Source.StartActivity(step);
        span?.SetTag("serverless.document", document.Key);
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // The type alone: messages may quote what they choked on.
            span?.SetTag("error.type", failure.GetType().FullName).SetStatus(ActivityStatusCode.Error);
            throw;
        }
    }
}
