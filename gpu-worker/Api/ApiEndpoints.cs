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
        app.MapPost("/v1/chat/completions", (HttpContext context) => ChatCompletionsEndpoint.HandleAsync(context, Models(), generation));
        app.MapPost("/v1/completions", (HttpContext context) => CompletionsEndpoint.HandleAsync(context, Models(), generation));
        app.MapPost("/v1/embeddings", (HttpContext context) => EmbeddingsEndpoint.HandleAsync(context, Models(), generation.Metrics));
        app.MapPost("/tokenize", (HttpContext context) => TokenizeEndpoints.TokenizeAsync(context, Models()));
        app.MapPost("/detokenize", (HttpContext context) => TokenizeEndpoints.DetokenizeAsync(context, Models()));
        app.MapPost("/{model}/v1/predict", (string model, HttpContext context) => PredictEndpoint.HandleAsync(model, context, Models(), generation));

        ServedModels Models() => state.Models ?? throw ApiErrors.Loading();
    }
}
