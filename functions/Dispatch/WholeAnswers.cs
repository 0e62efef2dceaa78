using System.Text.Json;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>OpenAI's endpoints, and Anthropic's messages, for who has no request: a body in, what the endpoint answers as a whole out, by the same way.</summary>
public sealed class WholeAnswers(Gateway gateway, RouteCatalog routes, TimeProvider time)
{
    private const string Chats = "/v1/chat/completions", Texts = "/v1/completions", Vectors = "/v1/embeddings", Responses = "/v1/responses";

    /// <summary>Anthropic's path, which OpenAI's batches do not have.</summary>
    public const string Messages = "/" + MessagesError.Route;

    /// <summary>OpenAI's paths that are answered.</summary>
    public static readonly IReadOnlyList<string> Endpoints = [Chats, Texts, Vectors, Responses];

    /// <summary>Whether a path is one of <see cref="Endpoints"/>, with <c>/v1</c> or, as Azure writes them, without.</summary>
    public static bool Knows(string endpoint) => Endpoints.Contains(Whole(endpoint));

    /// <param name="endpoint">A path that <see cref="Knows"/> knows, or <see cref="Messages"/>.</param>
    /// <param name="betas">For messages: <see cref="AnswerRequest.Betas"/>.</param>
    /// <exception cref="GatewayException">The body or the caller is refused, or the model failed.</exception>
    internal async Task<JsonAnswer> AskAsync(string endpoint, JsonElement body, Caller caller, string? betas, CancellationToken stop)
    {
        endpoint = Whole(endpoint);
        if (OpenAiRequests.Streams(body)) throw GatewayException.Invalid("stream", "'stream' must be false: there is nobody to stream to.");
        var model = OpenAiRequests.Model(body);
        if (endpoint == Vectors) return await EmbeddingAnswers.AnswerAsync(gateway, body, model, caller, stop).ConfigureAwait(false);
        string[] types = endpoint == Texts ? [RouteTypes.Completions] : [RouteTypes.Chat, RouteTypes.Answers];
        await OpenAiRequests.RequireAsync(body, model, caller, routes, "model", types, stop).ConfigureAwait(false);
        return endpoint switch
        {
            Chats => await OpenAiAnswers.WholeChatAsync(gateway, OpenAiRequests.Chat(body, model, caller), model, time, stop).ConfigureAwait(false),
            Texts => await OpenAiAnswers.WholeCompletionAsync(gateway, OpenAiRequests.Completion(body, model, caller), model, time, stop).ConfigureAwait(false),
            Messages => await MessagesFunction.WholeAsync(gateway, body, model, caller, betas, stop).ConfigureAwait(false),
            Responses => await ResponsesFunction.WholeAsync(gateway, body, model, caller, time, stop).ConfigureAwait(false),
            _ => throw new ArgumentOutOfRangeException(nameof(endpoint), endpoint, "No endpoint that is answered."),
        };
    }

    private static string Whole(string endpoint) => endpoint.StartsWith("/v1/", StringComparison.Ordinal) ? endpoint : "/v1" + endpoint;
}
