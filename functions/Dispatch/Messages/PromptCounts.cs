using Serverless.Functions.Guards;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Counts the tokens of a chat's prompt by whichever of a route's targets does it. Nothing is estimated: a number that is nearly right lets a prompt through that does not fit.</summary>
public sealed class PromptCounts(RouteCatalog routes, RoutedReadings readings, TargetCalls calls, RouteGuards guards)
{
    /// <returns>Tokens of the prompt, with its tools and the format's own.</returns>
    /// <exception cref="GatewayException">400: no provider of the route counts; or what a chat would be refused with.</exception>
    public async Task<int> CountAsync(AnswerRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var route = await routes.ResolveAsync(request.Route, request.Caller, "model", cancellationToken).ConfigureAwait(false);
        if (route.Type != RouteTypes.Chat) throw Gateway.WrongType(route, RouteTypes.Chat);
        AnswerChecks.Messages(request.Messages, route);
        AnswerChecks.Settings(request.Settings, contextWindow: null);
        var generation = await guards.InputAsync(route, new Generation { Messages = request.Messages, Settings = request.Settings, Streams = false, Betas = request.Betas }, cancellationToken).ConfigureAwait(false);
        // A call of a model that reads nothing and writes nothing: it counts as one, and costs nothing.
        var reading = new TextReading<PromptCount>("count_tokens", [], "", [], (model, mayWait) => calls.CountPromptAsync(route, model, generation, mayWait, cancellationToken), static _ => 0)
        {
            WhyNot = provider => provider.Abilities.CountsPrompts
                ? AbilityChecks.WhyNot(provider, generation)
                : GatewayException.Invalid("model", $"'model': the route's provider, {provider.Name}, does not count the tokens of a prompt.", "unsupported_parameter"),
        };
        return (await readings.AskAsync(route, reading, request.Caller, cancellationToken).ConfigureAwait(false)).Tokens;
    }
}
