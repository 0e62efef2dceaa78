using Azure.Core;
using Azure.Core.Pipeline;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>Sees every request of the SDK clients before it goes and after its answer has come, and may throw there.</summary>
internal sealed class WatchedTransport(HttpPipelineTransport inner) : HttpPipelineTransport
{
    /// <summary>(request, whether it has been answered).</summary>
    public Action<Request, bool>? Watch { get; set; }

    public override Request CreateRequest() => inner.CreateRequest();

    public override void Process(HttpMessage message)
    {
        Watch?.Invoke(message.Request, false);
        inner.Process(message);
        Watch?.Invoke(message.Request, true);
    }

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        Watch?.Invoke(message.Request, false);
        await inner.ProcessAsync(message);
        Watch?.Invoke(message.Request, true);
    }
}
