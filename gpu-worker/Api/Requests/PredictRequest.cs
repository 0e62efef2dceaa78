using System.Text.Json;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>The body of MosaicML's <c>POST /{model}/v1/predict</c>.</summary>
internal sealed record PredictRequest
{
    /// <summary>Strings, or for embeddings also pairs of instruction and text.</summary>
    public IReadOnlyList<JsonElement>? Inputs { get; init; }

    public PredictParameters? Parameters { get; init; }
}
