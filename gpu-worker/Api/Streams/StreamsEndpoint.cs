using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Api.Answers;
using Serverless.GpuWorker.Api.Clients;
using Serverless.GpuWorker.Api.Requests;

namespace Serverless.GpuWorker.Api.Streams;

/// <summary>Starts streams for the generating endpoints; <c>DELETE /streams/{streamId}</c> stops one.</summary>
internal static class StreamsEndpoint
{
    /// <summary>202 with the stream's id.</summary>
    public static async Task<IResult> StartAsync(
        HttpContext context, StreamTarget target, GenerationSettings settings, GenerationContext generation, SequenceBatch batch, int prompts, int promptTokens)
    {
        if (generation.Streams is not { } streams) throw StreamErrors.NotConfigured();
        StreamTargets.Check(target, settings, prompts);
        return Accepted(await streams.StartAsync(CallerIdentity.ClientId(context, null), target, batch, promptTokens));
    }

    public static IResult Stop(string streamId, HttpContext context, GenerationContext generation) =>
        generation.Streams?.Stop(streamId, CallerIdentity.ClientId(context, null)) == true ? Accepted(streamId) : throw StreamErrors.NotFound();

    private static IResult Accepted(string streamId) => Results.Json(new Dictionary<string, string> { ["streamId"] = streamId }, statusCode: StatusCodes.Status202Accepted);
}
