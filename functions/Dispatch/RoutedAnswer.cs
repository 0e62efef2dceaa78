using System.Text;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// An answer from whichever of a route's targets gives it: the next one is asked when one fails before its first event. After that a
/// target that can resume does so; otherwise, where the route allows it, another target goes on from the text so far, and else the failure
/// is the reader's to know. Disposing it ends the call upstream.
/// </summary>
internal sealed class RoutedAnswer : IAsyncDisposable
{
    private readonly UpstreamCalls _upstream;
    private readonly RouteTargets _targets;
    private readonly TargetHealth _health;
    private readonly GatewayOptions _options;
    private readonly ResolvedRoute _route;
    private readonly Generation _generation;
    private readonly IReadOnlyList<RouteModel> _candidates;
    private readonly CancellationToken _cancellationToken;

    // Kept only where it may be needed; the gateway bounds how long it gets.
    private readonly StringBuilder? _soFar;
    private ResumableAnswer? _answer;
    private int _at;
    private bool _mayContinue;

    private RoutedAnswer(
        UpstreamCalls upstream, RouteTargets targets, TargetHealth health, GatewayOptions options, ResolvedRoute route, IReadOnlyList<RouteModel> candidates, Generation generation, CancellationToken cancellationToken)
    {
        (_upstream, _targets, _health, _options, _route, _candidates, _generation, _cancellationToken) = (upstream, targets, health, options, route, candidates, generation, cancellationToken);
        _mayContinue = candidates.Count > 1 && route.Version.Routing?.ContinueElsewhere == true && generation.Answers == 1;
        if (_mayContinue) _soFar = new StringBuilder();
    }

    /// <summary>The target that answers, or was the last to fail.</summary>
    public RouteModel Model => _candidates[Math.Min(_at, _candidates.Count - 1)];

    /// <summary>What targets took that broke off before the one that answers; null where none did.</summary>
    public Usage? Before { get; private set; }

    /// <summary>The event that <see cref="MoveNextAsync"/> came to.</summary>
    public AnswerEvent Current => _answer!.Current;

    /// <summary>Nothing is called before <see cref="StartAsync"/>.</summary>
    public static RoutedAnswer Of(
        UpstreamCalls upstream, RouteTargets targets, TargetHealth health, GatewayOptions options, ResolvedRoute route, IReadOnlyList<RouteModel> candidates, Generation generation, CancellationToken cancellationToken) =>
        new(upstream, targets, health, options, route, candidates, generation, cancellationToken);

    /// <summary>Starts the answer and waits for its first event.</summary>
    /// <exception cref="GatewayException">The last target's refusal or failure.</exception>
    public Task StartAsync() => OpenAsync(_generation);

    /// <exception cref="GatewayException">The answer broke off and does not go on.</exception>
    public async ValueTask<bool> MoveNextAsync()
    {
        while (true)
        {
            GatewayException failure;
            try
            {
                if (!await _answer!.MoveNextAsync().ConfigureAwait(false)) throw new UpstreamException(UpstreamFailure.InvalidResponse);
                if (Current is AnswerText text) _soFar?.Append(text.Text);
                else if (Current is AnswerToolCall) _mayContinue = false;
                return true;
            }
            catch (UpstreamException broken)
            {
                failure = UpstreamErrors.ToGateway(broken);
            }
            catch (GatewayException refused)
            {
                failure = refused;
            }

            Note(failure);
            if (!_mayContinue || _soFar!.Length == 0 || !UpstreamErrors.IsWorthAnotherTarget(failure) || !await ContinueAsync().ConfigureAwait(false)) throw failure;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_answer is not null) await _answer.DisposeAsync().ConfigureAwait(false);
        _answer = null;
    }

    private async Task OpenAsync(Generation generation)
    {
        for (; ; _at++)
        {
            var model = _candidates[_at];
            var provider = _targets.ProviderOf(model);
            var isLast = _at == _candidates.Count - 1;
            var limits = UpstreamLimits.Of(_options, _route.Version.Routing, provider, generation.Streams || provider.CanResume, mayWait: isLast);
            try
            {
                _answer = await ResumableAnswer.OpenAsync(
                    _upstream, limits, provider, stop => _targets.TargetAsync(_route, model, stop), () => _targets.Refresh(_route, model), generation, _cancellationToken).ConfigureAwait(false);
                _health.Succeeded(model);
                return;
            }
            catch (GatewayException failure)
            {
                Note(failure);
                if (isLast || !UpstreamErrors.IsWorthAnotherTarget(failure)) throw;
            }
        }
    }

    private void Note(GatewayException failure)
    {
        if (UpstreamErrors.IsFault(failure)) _health.Failed(Model);
        else if (failure.Error.Code == "upstream_rate_limited") _health.Exhausted(Model, failure.RetryAfter ?? TimeSpan.FromSeconds(1));
    }

    /// <summary>Goes on at a later target that continues what is begun.</summary>
    private async Task<bool> ContinueAsync()
    {
        var told = _answer?.Tokens ?? 0;
        await DisposeAsync().ConfigureAwait(false);
        var text = _soFar!.ToString();
        // Nobody says what half an answer took.
        var prompt = TokenEstimate.Of(_generation.Prompt ?? string.Join('\n', _generation.Messages!.Select(m => m.Content)));
        Before = new Usage((Before?.PromptTokens ?? 0) + prompt, Math.Max(told, TokenEstimate.Of(text)));
        var left = _generation.Settings.MaxTokens is { } most ? Math.Max(1, most - TokenEstimate.Of(text)) : (int?)null;
        var rest = _generation with { Settings = _generation.Settings with { MaxTokens = left } };
        rest = _generation.IsChat
            ? rest with { Messages = [.. _generation.Messages!, new ChatMessage("assistant", text)] }
            : rest with { Prompt = _generation.Prompt + text };
        while (++_at < _candidates.Count)
        {
            var abilities = _targets.ProviderOf(_candidates[_at]).Abilities;
            if (!(_generation.IsChat ? abilities.ContinuesAssistant : abilities.ContinuesPrompts)) continue;
            await OpenAsync(rest).ConfigureAwait(false);
            return true;
        }

        return false;
    }
}
