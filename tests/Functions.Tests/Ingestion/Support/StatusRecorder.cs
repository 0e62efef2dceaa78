using System.Collections.Concurrent;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>Keeps every change of a status.</summary>
internal sealed class StatusRecorder : IStatusWatcher
{
    public ConcurrentQueue<(DocumentName Document, DocumentStatus? Before, DocumentStatus? After)> Changes { get; } = new();

    public void Changed(DocumentName document, DocumentStatus? before, DocumentStatus? after) => Changes.Enqueue((document, before, after));
}
