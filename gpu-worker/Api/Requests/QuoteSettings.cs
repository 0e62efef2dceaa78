using System.Text;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Constraints.Quotes;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>From a request's <c>guided_quotes</c> to what its answer may quote.</summary>
internal static class QuoteSettings
{
    private const string Name = "guided_quotes";

    /// <param name="form">What the answer is to be; null for any text.</param>
    /// <returns>Null for anything.</returns>
    /// <exception cref="ApiException">400, naming the field and its range.</exception>
    public static QuoteRule? Validate(GenerationRequest request, RequestedForm? form, LlmModel model)
    {
        if (request.GuidedQuotes is not { } quotes) return null;
        if (!model.CanConstrain) throw ApiErrors.Unsupported(Name, $"{Name} is not supported with this model: its vocabulary lacks a token for some byte.");
        if (form is not null) throw ApiErrors.Unsupported(Name, $"{Name} is not supported with {form.Field}: in JSON every string stands in quotation marks.");
        if (request.StopTokenIds is { Count: > 0 }) throw ApiErrors.Unsupported(Name, $"{Name} is not supported with stop_token_ids, which could end an answer within a quote.");
        if (quotes.Sources is not { } sources) throw ApiErrors.Invalid($"{Name}.sources", $"{Name}.sources must be a list of strings.", "missing_field");
        if (sources.Count is < 1 or > ApiLimits.QuoteSources) throw ApiErrors.Invalid($"{Name}.sources", $"{Name}.sources must have from 1 to {ApiLimits.QuoteSources} texts.");
        for (var i = 0; i < sources.Count; i++)
        {
            if (sources[i] is null) throw ApiErrors.Invalid($"{Name}.sources[{i}]", $"{Name}.sources[{i}] must be a string.", "invalid_type");
        }

        if (sources.Sum(source => (long)Encoding.UTF8.GetByteCount(source)) > QuoteRule.MaxSourceBytes)
        {
            throw ApiErrors.Invalid($"{Name}.sources", $"{Name}.sources must have at most {QuoteRule.MaxSourceBytes} bytes of UTF-8 together.");
        }

        var least = FieldChecks.Range($"{Name}.min_length", quotes.MinLength ?? 1, 1, ApiLimits.LeastQuoteChars);
        var most = quotes.MaxLength is { } given ? FieldChecks.Range($"{Name}.max_length", given, least, ApiLimits.MostQuoteChars) : int.MaxValue;
        return new QuoteRule(sources, least, most);
    }

    /// <summary>Holds the beginning of an answer against what it may quote.</summary>
    /// <exception cref="ApiException">400: no answer that quotes rightly begins with these tokens.</exception>
    public static void CheckBeginning(QuoteRule rule, IReadOnlyList<int> tokens, ITokenizer tokenizer)
    {
        var automaton = QuoteAutomaton.Of(rule);
        var state = QuoteState.Start;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i] == tokenizer.EosId && i == tokens.Count - 1 && state.CanEnd) return;
            state = tokenizer.BytesOf(tokens[i]) is { Length: > 0 } bytes ? automaton.Next(state, bytes) : QuoteState.Dead;
            if (state.IsDead) throw ApiErrors.Invalid($"resume.token_ids[{i}]", $"resume.token_ids[{i}] must be a token that {Name} permits there.");
        }
    }
}
