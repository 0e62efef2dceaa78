using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api;

/// <summary>Plans the sequences of a request: checks prompts against the context and shares out choices, seeds and tokens.</summary>
internal static class PromptPlanner
{
    /// <param name="prompts">The ids of each prompt, BOS included.</param>
    /// <param name="promptParam">The field that the prompts came in, for errors.</param>
    /// <param name="continues">Whether the text of a prompt's answer goes on where that prompt ends.</param>
    /// <exception cref="ApiException">400 context_length_exceeded.</exception>
    public static IReadOnlyList<SequencePlan> Plan(
        LlmModel model, IReadOnlyList<int[]> prompts, string promptParam, GenerationSettings settings, string clientId, Func<int, bool> continues)
    {
        var plans = new List<SequencePlan>(prompts.Count * settings.Choices);
        for (var p = 0; p < prompts.Count; p++)
        {
            var maxTokens = MaxTokens(model, prompts[p].Length, promptParam, settings);
            for (var choice = 0; choice < settings.Choices; choice++)
            {
                var request = new GenerationRequest
                {
                    PromptTokens = prompts[p],
                    MaxTokens = maxTokens,
                    Sampling = settings.SamplingOf(choice),
                    ClientId = clientId,
                };
                plans.Add(new SequencePlan(plans.Count, request, settings.Stops, continues(p)));
            }
        }

        return plans;
    }

    private static int MaxTokens(LlmModel model, int promptTokens, string promptParam, GenerationSettings settings)
    {
        var context = model.Engine.ContextLength;
        var room = context - promptTokens;
        if (room < 1) throw ApiErrors.ContextLengthExceeded(promptParam, context, promptTokens, null);
        if (settings.MaxTokens > room) throw ApiErrors.ContextLengthExceeded(settings.MaxTokensName, context, promptTokens, settings.MaxTokens);
        return settings.MaxTokens ?? Math.Min(room, model.Defaults.MaxTokens);
    }
}
