using Microsoft.Extensions.Logging;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Telemetry;

/// <summary>Begins what telemetry tells of a call of a model.</summary>
public sealed class ModelCalls(GatewayMetrics metrics, TimeProvider time, ILogger<ModelCalls> logger)
{
    /// <param name="operation"><c>chat</c>, <c>text_completion</c>, <c>embeddings</c>, <c>rerank</c> or <c>count_tokens</c>.</param>
    /// <param name="streams">Whether the reader gets the answer as it is generated.</param>
    internal ModelCall Begin(string operation, string route, RouteModel model, bool streams) => new(metrics, time, logger, operation, route, model, streams);
}
