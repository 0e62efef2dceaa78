using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Api.Answers;
using Serverless.GpuWorker.Api.Clients;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Api.Streams;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal static class ChatCompletionsEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext context, ServedModels models, GenerationContext generation)
    {
        var request = await JsonBody.ReadAsync<ChatCompletionRequest>(context.Request, UnsupportedFields.CheckChat);
        var model = models.LlmNamed(request.Model);
        var settings = GenerationSettings.Validate(GenerationFields.From(request), model);
        var prompt = EncodeChat(model, request.Messages);
        var told = Llama2Chat.SpaceAfterBegun(request.Messages!);
        var plans = PromptPlanner.Plan(model, [prompt], "messages", settings, CallerIdentity.ClientId(context, settings.User), generation.Time, _ => told is not null, told ?? "");

        settings.AcknowledgeResume(context.Response);
        var report = TokenReport.Of(model, settings);
        var batch = generation.Batch(model, plans);
        if (request.StreamTo is { } target) return await StreamsEndpoint.StartAsync(context, target, settings, generation, batch, 1, prompt.Length);
        var includesUsage = request.StreamOptions?.IncludeUsage ?? false;
        var shape = new ChatStreamShape($"chatcmpl-{Guid.NewGuid():N}", generation.Time.GetUtcNow().ToUnixTimeSeconds(), model.Name, report, includesUsage);
        if (request.Stream == true)
        {
            var stream = new CompletionStream(context, generation, shape, plans.Count, prompt.Length, settings.CountsAsItGoes);
            await stream.RunAsync(batch, includesUsage);
            return Results.Empty;
        }

        var sequences = await batch.CollectAsync(context.RequestAborted);
        var choices = sequences.Select((s, i) => new ChatChoice(i, new AnsweredMessage(s.Text), s.Result.FinishReason, report.Chat(s.Tokens), report.Ids(s.Tokens), s.Result.StopReason)).ToArray();
        var usage = SequenceUsage.Of(prompt.Length, sequences.Select(s => s.Result));
        return Results.Json(new ChatCompletionResponse(shape.Id, "chat.completion", shape.Created, model.Name, choices, usage, report.Prompt(prompt, sequences[0].Prompt), report.PromptIds(prompt)), WireJson.Options);
    }

    internal static int[] EncodeChat(LlmModel model, IReadOnlyList<ChatMessage>? messages)
    {
        if (messages is null) throw ApiErrors.Invalid("messages", "messages must be a list of objects with role and content.", "missing_field");
        if (messages.Count > ApiLimits.Messages) throw ApiErrors.Invalid("messages", $"messages must have at most {ApiLimits.Messages} messages.");
        try
        {
            return Llama2Chat.Encode(model.Tokenizer, messages);
        }
        catch (ChatFormatException e)
        {
            throw ApiErrors.Invalid(e.Field, e.Message);
        }
    }
}
