using System.Text;
using Serverless.Contracts;
using Serverless.GpuWorker.Api.Answers;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>Plans the sequences of a request: checks prompts against the context and shares out choices, seeds and tokens.</summary>
internal static class PromptPlanner
{
    /// <param name="prompts">The ids of each prompt, BOS included.</param>
    /// <param name="promptParam">The field that the prompts came in, for errors.</param>
    /// <param name="continues">Whether the text of a prompt's answer goes on where that prompt ends.</param>
    /// <param name="told">As <see cref="SequencePlan.Told"/>, of every prompt.</param>
    /// <exception cref="ApiException">400 context_length_exceeded.</exception>
    public static IReadOnlyList<SequencePlan> Plan(
        LlmModel model, IReadOnlyList<int[]> prompts, string promptParam, GenerationSettings settings, string clientId, TimeProvider time, Func<int, bool> continues, string told = "")
    {
        if (settings.PriorTokens.Length > 0 && prompts.Count > 1) throw ApiErrors.Invalid(promptParam, $"{promptParam} must be one prompt with resume: one answer goes on.");
        CheckLikelihoods(prompts, settings);
        if (prompts.Count * settings.Choices > 1) CheckFitsQueue(model, prompts, promptParam, settings);
        var deadline = settings.Timeout is { } timeout ? time.GetSteadyNow() + timeout : (TimeSpan?)null;
        var plans = new List<SequencePlan>(prompts.Count * settings.Choices);
        for (var p = 0; p < prompts.Count; p++)
        {
            var maxTokens = MaxTokens(model, prompts[p].Length, promptParam, settings);
            var (form, toldOf) = Begun(settings.Sampling.Form, continues(p), told, model.Tokenizer);
            if (form is not null && settings.PriorTokens.Length > 0) AnswerForms.CheckBeginning(form, settings.FormField!, settings.PriorTokens, model.Tokenizer);
            for (var choice = 0; choice < settings.Choices; choice++)
            {
                var request = new GenerationRequest
                {
                    PromptTokens = prompts[p],
                    PriorTokens = settings.PriorTokens,
                    MaxTokens = maxTokens,
                    MinTokens = settings.MinTokens,
                    IgnoresEos = settings.IgnoresEos,
                    // A whole response takes those of a prompt from its first answer; a stream's answers come each in its own time.
                    PromptLogprobs = choice == 0 || settings.Streams ? settings.ToldOfPrompt : null,
                    Sampling = settings.SamplingOf(choice) with { Form = form },
                    StopTokens = settings.StopTokens,
                    Priority = settings.Priority,
                    Deadline = deadline,
                    // A prompt is counted once, however many answers it has.
                    TellsCachedTokens = model.TellsCachedTokens && choice == 0,
                    ClientId = clientId,
                };
                plans.Add(new SequencePlan(plans.Count, request, settings.Stops, continues(p), settings.ReturnsTokenIds || settings.CountsAsItGoes || settings.Sampling.Logprobs is not null, toldOf) { IncludesStop = settings.IncludesStop, IsPromptAlone = settings.MaxTokens == 0 });
            }
        }

        return plans;
    }

    /// <summary>What an answer is to be, with what its beginning may hold that does not become text. Beside whitespace beyond ASCII nothing is left out, so that the form is the whole text.</summary>
    private static (AnswerForm? Form, string Told) Begun(AnswerForm? form, bool continues, string told, ITokenizer tokenizer)
    {
        if (form is null or { Kind: AnswerFormKind.Schema }) return (form, told);
        var leftOut = Ascii.IsValid(told) ? told : "";
        return (form with { DropsFirstSpace = !continues && tokenizer.DropsFirstSpace, Told = leftOut }, leftOut);
    }

    /// <summary>What the queue cannot hold though it is empty would be told to come back for ever. One sequence always may enter an empty queue.</summary>
    private static void CheckFitsQueue(LlmModel model, IReadOnlyList<int[]> prompts, string promptParam, GenerationSettings settings)
    {
        var param = settings.Choices > 1 ? "n" : promptParam;
        if (prompts.Count * settings.Choices > model.QueuedRequests) throw ApiErrors.Invalid(param, $"{param}: a request may have at most {model.QueuedRequests} answers (prompts x n), as many as may wait.");
        var tokens = prompts.Sum(prompt => (long)prompt.Length) * settings.Choices;
        if (tokens > model.QueuedTokens) throw ApiErrors.Invalid(param, $"{param}: the prompts of all answers together (prompts x n) may have at most {model.QueuedTokens} tokens, as many as may wait; they have {tokens}.");
    }

    /// <summary>What a response holds of prompts grows with them and with what is told of each token: nothing else bounds it.</summary>
    private static void CheckLikelihoods(IReadOnlyList<int[]> prompts, GenerationSettings settings)
    {
        if (settings.LikelihoodsOfPrompt == 0) return;
        var told = prompts.Sum(prompt => (long)prompt.Length) * settings.LikelihoodsOfPrompt * settings.Choices;
        if (told <= RequestRule.MostPromptLogprobs) return;
        var param = settings.PromptLogprobs is null ? "logprobs" : "prompt_logprobs";
        throw ApiErrors.Invalid(param, $"{param}: a response may hold at most {RequestRule.MostPromptLogprobs} likelihoods of prompts (their tokens, times one more than the likeliest told with each, times n); {told} were asked for.");
    }

    private static int MaxTokens(LlmModel model, int promptTokens, string promptParam, GenerationSettings settings)
    {
        var context = model.Engine.ContextLength;
        var room = context - promptTokens;
        if (room < 1) throw ApiErrors.ContextLengthExceeded(promptParam, context, promptTokens, null);
        if (settings.MaxTokens > room) throw ApiErrors.ContextLengthExceeded(settings.MaxTokensName, context, promptTokens, settings.MaxTokens);
        var maxTokens = settings.MaxTokens is { } asked ? Math.Max(1, asked) : Math.Min(room, model.Defaults.MaxTokens);
        if (settings.MinTokens > maxTokens) throw ApiErrors.Invalid("min_tokens", $"min_tokens must be at most {maxTokens}, the most tokens that this answer can have.");
        if (settings.PriorTokens.Length > maxTokens) throw ApiErrors.Invalid("resume.token_ids", $"resume.token_ids must have at most {maxTokens} ids, the most tokens that this answer can have.");
        return maxTokens;
    }
}
