using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>The parameters of a MosaicML text request.</summary>
internal sealed record PredictParameters
{
    public int? MaxNewTokens { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public long? Seed { get; init; }

    public StringOrList? Stop { get; init; }
}
