using System.Diagnostics;

namespace Serverless.Functions.Telemetry;

/// <summary>
/// The app's spans: a request, a retrieval, a call of a model. There are none, at no cost, while nobody listens. Instrumentation of HTTP clients
/// is left out on purpose: it would write URLs, and those of storage hold names of documents.
/// </summary>
internal static class GatewayTraces
{
    public const string SourceName = "Serverless.Gateway";

    public static ActivitySource Source { get; } = new(SourceName);
}
