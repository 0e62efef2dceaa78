using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Quotes;
using Serverless.GpuWorker.Constraints.Schemas;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>Which requests a model can run. The API has checked what callers say; this holds whoever calls.</summary>
/// <param name="tellsPrompts">Whether steps have room for the logits of prompts.</param>
internal sealed class RequestRule(int vocabularySize, int contextLength, StopRule stopRule, bool tellsPrompts = true)
{
    /// <summary>Likelihoods that are told of one prompt at most: its tokens, times one more than the likeliest that are told with each.</summary>
    public const int MostPromptLogprobs = 400_000;

    /// <summary>Of the likeliest tokens that are told with one of the prompt.</summary>
    public const int MostTold = 20;

    public const int MostUrgent = -100, LeastUrgent = 100;

    /// <exception cref="ArgumentException">The request does not fit the model; the message names the field and what is permitted.</exception>
    public void Check(GenerationRequest request)
    {
        int prompt = request.PromptTokens.Length, most = contextLength - prompt;
        if (prompt < 1 || most < 1)
            throw Refused(nameof(request.PromptTokens), $"The prompt has {prompt} tokens; 1 to {contextLength - 1} are permitted.");

        if (request.MaxTokens < 1 || request.MaxTokens > most)
            throw Refused(nameof(request.MaxTokens), $"MaxTokens is {request.MaxTokens}; 1 to {most} are permitted.");

        if (request.MinTokens < 0 || request.MinTokens > request.MaxTokens)
            throw Refused(nameof(request.MinTokens), $"MinTokens is {request.MinTokens}; 0 to MaxTokens, {request.MaxTokens}, are permitted.");

        if (request.Priority is < MostUrgent or > LeastUrgent)
            throw Refused(nameof(request.Priority), $"Priority is {request.Priority}; {MostUrgent} to {LeastUrgent} are permitted.");

        if (request.PriorTokens.Length >= request.MaxTokens)
            throw Refused(nameof(request.PriorTokens), $"There are {request.PriorTokens.Length} prior tokens; fewer than MaxTokens, {request.MaxTokens}, are permitted.");

        CheckPromptLogprobs(request);
        CheckIds(request.PromptTokens, nameof(request.PromptTokens));
        CheckIds(request.PriorTokens, nameof(request.PriorTokens));
        foreach (int token in request.PriorTokens)
            if (stopRule.IsStop(request, token))
                throw Refused(nameof(request.PriorTokens), "A prior token ends the answer: there is nothing to go on with.");
    }

    /// <summary>What the answer is to be; null for any text.</summary>
    /// <exception cref="ArgumentException">It cannot be enforced; the message names the keyword.</exception>
    public static ReadForm? FormOf(GenerationRequest request)
    {
        try
        {
            return request.Sampling.Form is { } form ? SchemaCache.Shared.Read(form) : null;
        }
        catch (SchemaException exception)
        {
            throw Refused(nameof(request.Sampling.Form), exception.Message);
        }
    }

    /// <summary>What the answer may quote; null for anything.</summary>
    /// <exception cref="ArgumentException">The rule is out of its ranges, or is not to go together with a schema.</exception>
    public static QuoteAutomaton? ReadQuotes(GenerationRequest request)
    {
        if (request.Sampling.Quotes is not { } rule)
            return null;

        if (request.Sampling.Form is not null)
            throw Refused(nameof(request.Sampling.Quotes), "Quotes are not to be constrained within a schema or another form: a JSON document's strings stand in quotation marks.");

        if (rule.MinLength < 1 || rule.MaxLength < rule.MinLength)
            throw Refused(nameof(request.Sampling.Quotes), $"A quote's least length is {rule.MinLength} and its most {rule.MaxLength}; 1 and at least as much are permitted.");

        return QuoteAutomaton.Of(rule);
    }

    private void CheckPromptLogprobs(GenerationRequest request)
    {
        if (request.PromptLogprobs is not { } count)
            return;

        if (!tellsPrompts)
            throw Refused(nameof(request.PromptLogprobs), "PromptLogprobs is not supported: this engine's steps have no room for the logits of prompts.");

        if (count is < 0 or > MostTold)
            throw Refused(nameof(request.PromptLogprobs), $"PromptLogprobs is {count}; 0 to {MostTold} are permitted.");

        long told = request.PromptTokens.Length * (count + 1L);
        if (told > MostPromptLogprobs)
            throw Refused(nameof(request.PromptLogprobs), $"PromptLogprobs: {told} likelihoods of the prompt were asked for; {MostPromptLogprobs} are permitted.");
    }

    private void CheckIds(int[] tokens, string field)
    {
        foreach (int id in tokens)
            if ((uint)id >= (uint)vocabularySize)
                throw Refused(field, $"A token of {field} is outside the vocabulary of {vocabularySize}.");
    }

    private static ArgumentException Refused(string field, string message) => new(message, field);
}
