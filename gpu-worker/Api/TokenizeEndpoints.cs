using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.Tokenize;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary><c>POST /tokenize</c> and <c>POST /detokenize</c>, for any model.</summary>
internal static class TokenizeEndpoints
{
    public static async Task<IResult> TokenizeAsync(HttpContext context, ServedModels models)
    {
        var request = await JsonBody.ReadAsync<TokenizeRequest>(context.Request);
        if (request.Messages is { } messages) return TokenizeChat(models.LlmNamed(request.Model), messages, request);
        var (tokenizer, maxModelLen) = Find(models, request.Model);
        var texts = request.Prompt?.Values ?? throw ApiErrors.Invalid("prompt", "prompt must be a string or a list of strings, or messages a chat.", "missing_field");
        if (texts.Count is < 1 or > ApiLimits.TokenizePrompts) throw ApiErrors.Invalid("prompt", $"prompt must have from 1 to {ApiLimits.TokenizePrompts} strings.");

        var tokens = texts.Select(text => Encode(tokenizer, text, request.AddSpecialTokens ?? true)).ToArray();
        var counts = tokens.Select(ids => ids.Length).ToArray();
        return Results.Json(new TokenizeResponse(counts[0], counts, maxModelLen, request.ReturnTokens ?? true ? tokens : null), WireJson.Options);
    }

    public static async Task<IResult> DetokenizeAsync(HttpContext context, ServedModels models)
    {
        var request = await JsonBody.ReadAsync<DetokenizeRequest>(context.Request);
        var (tokenizer, _) = Find(models, request.Model);
        var tokens = request.Tokens ?? throw ApiErrors.Invalid("tokens", "tokens must be a list of token ids.", "missing_field");
        var outside = tokens.ToList().FindIndex(id => id < 0 || id >= tokenizer.VocabularySize);
        if (outside >= 0) throw ApiErrors.Invalid($"tokens[{outside}]", $"tokens[{outside}] must be from 0 to {tokenizer.VocabularySize - 1}.");
        return Results.Json(new { Prompt = tokenizer.Decode([.. tokens]) }, WireJson.Options);
    }

    private static IResult TokenizeChat(LlmModel model, IReadOnlyList<ChatMessage> messages, TokenizeRequest request)
    {
        if (request.Prompt is not null) throw ApiErrors.Invalid("prompt", "prompt must not be given beside messages.");
        var tokens = ChatCompletionsEndpoint.EncodeChat(model, messages);
        return Results.Json(new TokenizeResponse(tokens.Length, [tokens.Length], model.Engine.ContextLength, request.ReturnTokens ?? true ? [tokens] : null), WireJson.Options);
    }

    private static int[] Encode(ITextTokenizer tokenizer, string text, bool addSpecialTokens) =>
        addSpecialTokens ? tokenizer.WithSpecialTokens(tokenizer.Encode(text)) : tokenizer.Encode(text);

    private static (ITextTokenizer Tokenizer, int MaxModelLen) Find(ServedModels models, string? model)
    {
        if (models.Llm is { } llm && (model is null || model == llm.Name)) return (llm.Tokenizer, llm.Engine.ContextLength);
        if (model is not null && !models.Names.Contains(model)) throw ApiErrors.UnknownModel([.. models.Names]);
        if (model is not null && models.Rerankers.FirstOrDefault(reranker => reranker.Name == model) is { } ranks) return (ranks.Tokenizer, ranks.Reranker.MaxTokens);
        var found = models.EmbeddingNamed(model);
        return (found.Tokenizer, found.Embedder.MaxTokens);
    }
}
