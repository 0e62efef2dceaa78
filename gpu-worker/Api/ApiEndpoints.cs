using Serverless.GpuWorker.Api.Streams;

namespace Serverless.GpuWorker.Api;

/// <summary>The worker's paths.</summary>
internal static class ApiEndpoints
{
    public static void MapApi(this WebApplication app, ServingState state, GenerationContext generation, TimeSpan stallAfter)
    {
        app.MapGet("/health/live", HealthEndpoints.Live);
        app.MapGet("/health/ready", () => HealthEndpoints.Ready(state, generation.Time, stallAfter));
        app.MapGet("/metrics", () => MetricsEndpoint.Handle(state, generation.Metrics));

        app.MapGet("/v1/models", () => ModelsEndpoint.List(Models()));
        app.MapGet("/v1/models/{model}", (string model) => ModelsEndpoint.Get(model, Models()));
        Post("/v1/chat/completions", (context, models) => ChatCompletionsEndpoint.HandleAsync(context, models, generation));
        Post("/v1/completions", (context, models) => CompletionsEndpoint.HandleAsync(context, models, generation));
        Post("/v1/embeddings", (context, models) => EmbeddingsEndpoint.HandleAsync(context, models, generation.Metrics));
        Post("/tokenize", TokenizeEndpoints.TokenizeAsync);
        Post("/detokenize", TokenizeEndpoints.DetokenizeAsync);
        app.MapDelete("/streams/{streamId}", (string streamId, HttpContext context) => StreamsEndpoint.Stop(streamId, context, generation));
        app.MapPost("/{model}/v1/predict", (string model, HttpContext context) => PredictEndpoint.HandleAsync(model, context, Models(), generation));

        void Post(string path, Func<HttpContext, ServedModels, Task<IResult>> handle) => app.MapPost(path, (Delegate)((HttpContext context) => handle(context, Models())));

        ServedModels Models() => state.Models ?? throw ApiErrors.Loading();
    }
}
