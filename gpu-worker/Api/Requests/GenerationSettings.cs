using System.Globalization;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Constraints.Quotes;
using Serverless.GpuWorker.Sampling;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>How to generate, validated.</summary>
internal sealed record GenerationSettings
{
    public required SamplingParameters Sampling { get; init; }

    /// <summary>As asked for; null leaves it to the context and the configured default. 0 where the answer is to be the prompt alone.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The name under which the caller knows <see cref="MaxTokens"/>.</summary>
    public required string MaxTokensName { get; init; }

    public int MinTokens { get; init; }

    /// <summary>Whether EOS is never chosen.</summary>
    public bool IgnoresEos { get; init; }

    public int Choices { get; init; } = 1;

    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>Whether the stop string or token that ends the answer is a part of it.</summary>
    public bool IncludesStop { get; init; }

    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>The name under which the caller knows what the answer is to be; null where it may be any text.</summary>
    public string? FormField { get; init; }

    /// <summary>The answer's tokens from before it was cut off.</summary>
    public int[] PriorTokens { get; init; } = [];

    public int Priority { get; init; }

    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether the response holds token ids.</summary>
    public bool ReturnsTokenIds { get; init; }

    /// <summary>Whether each chunk of a stream tells the usage so far.</summary>
    public bool CountsAsItGoes { get; init; }

    public string? User { get; init; }

    /// <summary>Whether the answer begins with the prompt. One that goes on does so where it was cut off, so it is not told again.</summary>
    public bool Echoes { get; init; }

    /// <summary>How many of the likeliest tokens to tell with each of the prompt's; null tells nothing of the prompt.</summary>
    public int? PromptLogprobs { get; init; }

    public bool Streams { get; init; }

    /// <summary>How many of the likeliest tokens the engine is to tell with each of the prompt's, for <see cref="PromptLogprobs"/> or the prompt that is echoed.</summary>
    public int? ToldOfPrompt => EchoLogprobs is { } echoed ? Math.Max(echoed, PromptLogprobs ?? 0) : PromptLogprobs;

    /// <summary>Likelihoods that the response holds of each of the prompt's tokens.</summary>
    public int LikelihoodsOfPrompt => (EchoLogprobs + 1 ?? 0) + (PromptLogprobs + 1 ?? 0);

    private int? EchoLogprobs => Echoes ? Sampling.Logprobs : null;

    /// <exception cref="ApiException">400, naming the field and its range.</exception>
    public static GenerationSettings Validate(GenerationFields fields, LlmModel model)
    {
        var request = fields.Request;
        if (fields.MaxTokens < (fields.Echoes == true ? 0 : 1)) throw ApiErrors.Invalid(fields.MaxTokensName, $"{fields.MaxTokensName} must be at least 1{(fields.Echoes is null ? "" : ", or 0 with echo")}.");
        if (request.MinTokens < 0 || (request.MinTokens > 0 && request.MinTokens > (fields.MaxTokens ?? model.Engine.ContextLength)))
        {
            throw ApiErrors.Invalid("min_tokens", $"min_tokens must be from 0 to {fields.MaxTokensName}.");
        }

        if (request.User?.Length > ApiLimits.UserChars) throw ApiErrors.Invalid("user", $"user must have at most {ApiLimits.UserChars} characters.");
        var form = AnswerForms.Of(request, model);
        var stopTokens = FieldChecks.TokenIds("stop_token_ids", request.StopTokenIds ?? [], ApiLimits.StopTokens, model.Tokenizer);
        if (form is not null && stopTokens.Count > 0) throw ApiErrors.Invalid("stop_token_ids", $"stop_token_ids must be empty with {form.Field}, which says where the answer ends.");
        if (form is not null && request.BadWords is { Count: > 0 }) throw ApiErrors.Invalid("bad_words", $"bad_words must be empty with {form.Field}, which may leave nothing but such a word.");
        if (request.GuidedQuotes is not null && request.BadWords is { Count: > 0 }) throw ApiErrors.Invalid("bad_words", "bad_words must be empty with guided_quotes, which may leave nothing but such a word.");
        if (request.PromptLogprobs is not null && request.Stream == true) throw ApiErrors.Unsupported("prompt_logprobs", "prompt_logprobs is not supported with stream: it is told with a whole answer.");
        var quotes = QuoteSettings.Validate(request, form, model);
        return new GenerationSettings
        {
            Sampling = SamplingSettings.Validate(fields, model.Defaults, model.Tokenizer, form?.Form) with { Quotes = quotes },
            MaxTokens = fields.MaxTokens,
            MaxTokensName = fields.MaxTokensName,
            MinTokens = request.MinTokens ?? 0,
            IgnoresEos = request.IgnoreEos ?? false,
            Choices = FieldChecks.Range("n", request.N ?? 1, 1, ApiLimits.Choices),
            FormField = form?.Field,
            IncludesStop = request.IncludeStopStrInOutput ?? false,
            Stops = ValidStops(request.Stop, fields.Name("stop")),
            StopTokens = stopTokens,
            PriorTokens = ValidPrior(fields, quotes, model),
            Priority = FieldChecks.Range("priority", request.Priority ?? 0, -ApiLimits.Priority, ApiLimits.Priority),
            Timeout = request.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(FieldChecks.Above("timeout_seconds", seconds, 0, ApiLimits.TimeoutSeconds)) : null,
            ReturnsTokenIds = request.ReturnTokenIds ?? false,
            CountsAsItGoes = request.Stream == true && request.StreamOptions is { IncludeUsage: true, ContinuousUsageStats: true },
            User = request.User,
            Echoes = fields.Echoes == true && request.Resume?.TokenIds is not { Count: > 0 },
            PromptLogprobs = request.PromptLogprobs is { } told ? FieldChecks.Range("prompt_logprobs", told, 0, ApiLimits.Logprobs) : null,
            Streams = request.Stream == true,
        };
    }

    /// <summary>The sampling of the n-th choice: the first keeps the request's seed, the others have seeds derived from it (splitmix64).</summary>
    public SamplingParameters SamplingOf(int choice)
    {
        if (choice == 0) return Sampling;
        var z = unchecked(Sampling.Seed + ((ulong)choice * 0x9E3779B97F4A7C15));
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return Sampling with { Seed = z ^ (z >> 31) };
    }

    /// <summary>Says in the answer's headers that it goes on after the tokens so far.</summary>
    public void AcknowledgeResume(HttpResponse response)
    {
        if (PriorTokens.Length > 0) response.Headers[ResumePoint.AcknowledgementHeader] = PriorTokens.Length.ToString(CultureInfo.InvariantCulture);
    }

    private static IReadOnlyList<string> ValidStops(StringOrList? stop, string name)
    {
        var stops = stop?.Values ?? [];
        if (stops.Count > ApiLimits.StopStrings) throw ApiErrors.Invalid(name, $"{name} must have at most {ApiLimits.StopStrings} strings.");
        for (var i = 0; i < stops.Count; i++)
        {
            if (stops[i].Length is < 1 or > ApiLimits.StopStringChars)
            {
                throw ApiErrors.Invalid(stop!.IsSingle ? name : $"{name}[{i}]", $"Each stop string must have from 1 to {ApiLimits.StopStringChars} characters.");
            }
        }

        return stops;
    }

    private static int[] ValidPrior(GenerationFields fields, QuoteRule? quotes, LlmModel model)
    {
        var request = fields.Request;
        if (request.Resume is not { } resume) return [];
        if (resume.TokenIds is not { } ids) throw ApiErrors.Invalid("resume.token_ids", "resume.token_ids must be a list of token ids.", "missing_field");
        if (ids.Count > 0 && request.N > 1) throw ApiErrors.Invalid("n", "n must be 1 with resume: one answer goes on.");
        FieldChecks.TokenIds("resume.token_ids", ids, fields.MaxTokens ?? model.Engine.ContextLength, model.Tokenizer);
        for (var i = 0; i < ids.Count - 1; i++)
        {
            if (ids[i] == model.Tokenizer.EosId || request.StopTokenIds?.Contains(ids[i]) == true)
            {
                throw ApiErrors.Invalid($"resume.token_ids[{i}]", $"resume.token_ids[{i}] ends an answer, after which none goes on.");
            }
        }

        if (quotes is not null) QuoteSettings.CheckBeginning(quotes, ids, model.Tokenizer);
        return [.. ids];
    }
}
