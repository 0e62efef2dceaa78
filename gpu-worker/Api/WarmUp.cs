using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Serverless.GpuWorker.Api.Clients;
using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Api.Requests;

namespace Serverless.GpuWorker.Api;

/// <summary>
/// Answers a few small requests of the worker's own before it is ready, through the endpoints themselves: what is compiled, connected or allocated by the first request is so before anybody waits for it. They
/// count in no metric of the API (an engine's own counters have them), have a client's name that nobody else's requests can have, and take <see cref="Patience"/> at most, so that a slow model starts no
/// later. That one fails ends nothing: the first real request will say why.
/// </summary>
internal sealed class WarmUp(IServiceProvider services, TimeProvider time, ILogger logger)
{
    /// <summary>No further request is begun after this.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const string Schema = """{"type":"object","properties":{"ready":{"type":"boolean"},"note":{"type":"string","maxLength":4}},"required":["ready"]}""";

    private static readonly string[] Chats =
    [
        """{"messages":[{"role":"user","content":"Is the worker ready? It is ready."}],"max_tokens":8,"temperature":0,"timeout_seconds":2}""",
        """{"messages":[{"role":"system","content":"Answer."},{"role":"user","content":"Is the worker ready?"}],"max_tokens":8,"temperature":0.7,"top_p":0.9,"top_k":40,"presence_penalty":0.1,"stop":["."],"logprobs":true,"top_logprobs":2,"timeout_seconds":2}""",
        """{"messages":[{"role":"user","content":"Is the worker ready?"}],"max_tokens":8,"stream":true,"stream_options":{"include_usage":true},"return_token_ids":true,"timeout_seconds":2}""",
    ];

    private readonly byte[] _client = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    public async Task RunAsync(ServedModels models, CancellationToken cancellationToken)
    {
        var generation = new GenerationContext(new ServingMetrics(), time, Patience);
        var started = time.GetTimestamp();
        foreach (var handle in Requests(models, generation))
        {
            if (cancellationToken.IsCancellationRequested || time.GetElapsedTime(started) >= Patience) return;
            try
            {
                await handle(cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // Type alone: messages of the API may name what was asked.
                ApiLog.WarmUpFailed(logger, e.GetType().Name);
            }
        }
    }

    private IEnumerable<Func<CancellationToken, Task>> Requests(ServedModels models, GenerationContext generation)
    {
        if (models.Llm is { } llm)
        {
            foreach (var body in Chats) yield return stop => AnswerAsync(body, context => ChatCompletionsEndpoint.HandleAsync(context, models, generation), stop);
            if (llm.CanConstrain) yield return stop => AnswerAsync(WithSchema(), context => ChatCompletionsEndpoint.HandleAsync(context, models, generation), stop);
        }

        foreach (var reranker in models.Rerankers)
        {
            var body = JsonSerializer.Serialize(new { model = reranker.Name, query = "Is the worker ready?", documents = new[] { "The worker is ready.", "It is." } });
            yield return stop => AnswerAsync(body, context => RerankEndpoint.HandleAsync(context, models, generation.Metrics), stop);
        }

        foreach (var embedding in models.Embeddings)
        {
            var body = JsonSerializer.Serialize(new { model = embedding.Name, input = new[] { "The worker is ready.", "It is." }, input_type = "query" });
            yield return stop => AnswerAsync(body, context => EmbeddingsEndpoint.HandleAsync(context, models, generation.Metrics), stop);
        }
    }

    private static string WithSchema() =>
        """{"messages":[{"role":"user","content":"Is the worker ready?"}],"max_tokens":8,"timeout_seconds":2,"response_format":{"type":"json_schema","json_schema":{"name":"ready","schema":""" + Schema + "}}}";

    private async Task AnswerAsync(string body, Func<HttpContext, Task<IResult>> handle, CancellationToken cancellationToken)
    {
        var context = new DefaultHttpContext { RequestServices = services, RequestAborted = cancellationToken };
        context.Request.Method = HttpMethods.Post;
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        context.Response.Body = Stream.Null;
        CallerIdentity.SetKeyHash(context, _client);
        var result = await handle(context);
        await result.ExecuteAsync(context);
    }
}
