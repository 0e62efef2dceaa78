using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Api.Answers;
using Serverless.GpuWorker.Api.Clients;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Api.Streams;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary><c>POST /v1/completions</c>: raw prompts, which the caller has formatted; BOS is added to texts.</summary>
internal static class CompletionsEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext context, ServedModels models, GenerationContext generation)
    {
        var request = await JsonBody.ReadAsync<CompletionRequest>(context.Request, UnsupportedFields.CheckCompletion);
        var model = models.LlmNamed(request.Model);
        var settings = GenerationSettings.Validate(GenerationFields.From(request), model);
        var prompts = Encode(model, request.Prompt);
        var texts = request.Prompt!.Texts;
        var plans = PromptPlanner.Plan(
            model, prompts, "prompt", settings, CallerIdentity.ClientId(context, settings.User), generation.Time, p => texts is null || !RawPrompt.AsksForAnswer(texts[p]));

        settings.AcknowledgeResume(context.Response);
        var report = TokenReport.Of(model, settings);
        var batch = generation.Batch(model, plans);
        var promptTokens = prompts.Sum(p => p.Length);
        if (request.StreamTo is { } target) return await StreamsEndpoint.StartAsync(context, target, settings, generation, batch, prompts.Length, promptTokens);
        var includesUsage = request.StreamOptions?.IncludeUsage ?? false;
        EchoedPrompt[] echoes = settings.Echoes ? [.. plans.Select((_, i) => i / settings.Choices).Select(p => texts is null ? EchoedPrompt.Of(prompts[p], model.Tokenizer) : new EchoedPrompt(prompts[p], texts[p]))] : [];
        var offsets = plans.Select((plan, i) => new TextOffsets(model.Tokenizer, plan, settings.Echoes ? echoes[i].Text.Length : 0)).ToArray();
        var shape = new CompletionStreamShape($"cmpl-{Guid.NewGuid():N}", generation.Time.GetUtcNow().ToUnixTimeSeconds(), model.Name, report, offsets, echoes, includesUsage);
        if (request.Stream == true)
        {
            var stream = new CompletionStream(context, generation, shape, plans.Count, promptTokens, settings.CountsAsItGoes);
            await stream.RunAsync(batch, includesUsage);
            return Results.Empty;
        }

        var sequences = await batch.CollectAsync(context.RequestAborted);
        var choices = sequences.Select((s, i) =>
        {
            // The first of a prompt's answers tells of it.
            var told = sequences[i - (i % settings.Choices)].Prompt;
            var choice = Choice(i, s, report, offsets[i]) with { PromptLogprobs = report.Prompt(prompts[i / settings.Choices], told), PromptTokenIds = report.PromptIds(prompts[i / settings.Choices]) };
            return settings.Echoes ? report.Echo(echoes[i], told, choice, int.MaxValue).Single() : choice;
        }).ToArray();
        var usage = SequenceUsage.Of(promptTokens, sequences.Select(s => s.Result));
        return Results.Json(new CompletionResponse(shape.Id, "text_completion", shape.Created, model.Name, choices, usage), WireJson.Options);
    }

    /// <summary>The ids of each prompt: of a text with BOS before it, and those that the caller gives as they are.</summary>
    private static int[][] Encode(LlmModel model, PromptInput? prompt)
    {
        if (prompt is null) throw ApiErrors.Invalid("prompt", "prompt must be a string or a list of strings, or token ids.", "missing_field");
        var count = prompt.Texts?.Count ?? prompt.Tokens!.Count;
        if (count is < 1 or > ApiLimits.Prompts) throw ApiErrors.Invalid("prompt", $"prompt must have from 1 to {ApiLimits.Prompts} strings or lists of token ids.");
        var ids = new int[count][];
        for (var i = 0; i < count; i++)
        {
            var name = prompt.IsSingle ? "prompt" : $"prompt[{i}]";
            if (prompt.Texts is { } texts ? string.IsNullOrEmpty(texts[i]) : prompt.Tokens![i].Count == 0) throw ApiErrors.Invalid(name, "A prompt must not be empty.");
            ids[i] = prompt.Texts is { } all
                ? Llama2Chat.EncodeCompletion(model.Tokenizer, all[i])
                : [.. FieldChecks.TokenIds(name, prompt.Tokens![i], model.Engine.ContextLength, model.Tokenizer)];
        }

        return ids;
    }

    private static CompletionChoice Choice(int index, SequenceAnswer answer, TokenReport report, TextOffsets offsets) =>
        new(index, answer.Text, answer.Result.FinishReason, report.Completion(answer.Tokens, offsets), report.Ids(answer.Tokens), answer.Result.StopReason);
}
