namespace Serverless.GpuWorker.Api.Requests;

/// <summary>The body of <c>POST /detokenize</c>.</summary>
internal sealed record DetokenizeRequest
{
    public string? Model { get; init; }

    public IReadOnlyList<int>? Tokens { get; init; }
}
