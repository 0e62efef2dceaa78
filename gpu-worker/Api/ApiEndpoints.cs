using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Api.Streams;

namespace Serverless.GpuWorker.Api;

/// <summary>The worker's paths.</summary>
internal static class ApiEndpoints
{
    public static void MapApi(this WebApplication app, ServingState state, GenerationContext generation, TimeSpan stallAfter)
    {
        Get("/health/live", HealthEndpoints.Live);
        // vLLM's path, which its routers and charts probe.
        Get("/health", () => HealthEndpoints.Ready(state, generation.Time, stallAfter));
        Get("/health/ready", () => HealthEndpoints.Ready(state, generation.Time, stallAfter));
        Get("/metrics", () => MetricsEndpoint.Handle(state, generation.Metrics));

        Get("/v1/models", () => ModelsEndpoint.List(Models()));
        Get("/v1/models/{model}", (string model) => ModelsEndpoint.Get(model, Models()));
        Post("/v1/chat/completions", (context, models) => ChatCompletionsEndpoint.HandleAsync(context, models, generation));
        Post("/v1/completions", (context, models) => CompletionsEndpoint.HandleAsync(context, models, generation));
        Post("/v1/embeddings", (context, models) => EmbeddingsEndpoint.HandleAsync(context, models, generation.Metrics));
        foreach (var path in new[] { "/v1/rerank", "/v2/rerank", "/rerank" }) Post(path, (context, models) => RerankEndpoint.HandleAsync(context, models, generation.Metrics));
        foreach (var path in new[] { "/v1/score", "/score" }) Post(path, (context, models) => ScoreEndpoint.HandleAsync(context, models, generation.Metrics, generation.Time));
        Post("/tokenize", TokenizeEndpoints.TokenizeAsync);
        Post("/detokenize", TokenizeEndpoints.DetokenizeAsync);
        app.MapDelete("/streams/{streamId}", (string streamId, HttpContext context) => StreamsEndpoint.Stop(streamId, context, generation));
        app.MapPost("/{model}/v1/predict", (string model, HttpContext context) => PredictEndpoint.HandleAsync(model, context, Models(), generation));

        // HEAD goes where GET goes; its body is dropped by the server.
        void Get(string path, Delegate handle) => app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], handle);

        void Post(string path, Func<HttpContext, ServedModels, Task<IResult>> handle) => app.MapPost(path, (Delegate)((HttpContext context) => handle(context, Models())));

        ServedModels Models() => state.Models ?? throw ApiErrors.Loading();
    }
}
