using Azure.Core;

namespace Serverless.Functions.Ingestion.Ocr;

/// <summary>Transport, retries and diagnostics of the service's client.</summary>
public sealed class DocumentIntelligenceClientOptions : ClientOptions
{
}
