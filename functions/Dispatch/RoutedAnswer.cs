using System.Text;
using Serverless.Contracts.OpenAI;
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
    private readonly TargetCalls _calls;
    private readonly RouteTargets _targets;
    private readonly TargetHealth _health;
    private readonly Hedging? _hedging;
    private readonly TimeProvider _time;
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
        TargetCalls calls, RouteTargets targets, TargetHealth health, Hedging? hedging, TimeProvider time, ResolvedRoute route, IReadOnlyList<RouteModel> candidates, Generation generation, CancellationToken cancellationToken)
    {
        (_calls, _targets, _health, _hedging, _time, _route, _candidates, _generation, _cancellationToken) = (calls, targets, health, hedging, time, route, candidates, generation, cancellationToken);
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
    /// <param name="hedging">Null where a late target is waited for.</param>
    public static RoutedAnswer Of(
        TargetCalls calls, RouteTargets targets, TargetHealth health, Hedging? hedging, TimeProvider time, ResolvedRoute route, IReadOnlyList<RouteModel> candidates, Generation generation, CancellationToken cancellationToken) =>
        new(calls, targets, health, hedging, time, route, candidates, generation, cancellationToken);

    /// <summary>Starts the answer and waits for its first event.</summary>
    /// <exception cref="GatewayException">The last target's refusal or failure.</exception>
    public Task StartAsync() => OpenAsync(_generation);

    /// <exception cref="GatewayException">The answer broke off and does not go on.</exception>
    public ValueTask<bool> MoveNextAsync()
    {
        // What has come already passes at once.
        var next = _answer!.MoveNextAsync();
        if (!next.IsCompletedSuccessfully) return WaitAsync(next);
        if (!next.Result) return WaitAsync(ValueTask.FromResult(false));
        Keep();
        return ValueTask.FromResult(true);
    }

    public async ValueTask DisposeAsync()
    {
        if (_answer is not null) await _answer.DisposeAsync().ConfigureAwait(false);
        _answer = null;
    }

    private async ValueTask<bool> WaitAsync(ValueTask<bool> next)
    {
        while (true)
        {
            GatewayException failure;
            try
            {
                if (!await next.ConfigureAwait(false)) throw new UpstreamException(UpstreamFailure.InvalidResponse);
                Keep();
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

            _health.Failed(Model, failure, _route.KeyOf(Model));
            if (!_mayContinue || _soFar!.Length == 0 || !UpstreamErrors.IsWorthAnotherTarget(failure) || !await ContinueAsync().ConfigureAwait(false)) throw failure;
            next = _answer!.MoveNextAsync();
        }
    }

    /// <summary>Keeps what another target may have to go on from.</summary>
    private void Keep()
    {
        if (Current is AnswerText text) _soFar?.Append(text.Text);
        else if (Current is AnswerToolCall) _mayContinue = false;
    }

    private async Task OpenAsync(Generation generation)
    {
        for (; ; _at++)
        {
            try
            {
                var delay = _at + 1 < _candidates.Count && ReferenceEquals(generation, _generation) ? _hedging?.DelayFor(_candidates[_at]) : null;
                _answer = delay is { } late ? await OpenEitherAsync(generation, late).ConfigureAwait(false) : await OpenAsync(_candidates[_at], generation, _cancellationToken).ConfigureAwait(false);
                _health.Succeeded(Model, _route.KeyOf(Model));
                return;
            }
            catch (GatewayException failure)
            {
                if (_at == _candidates.Count - 1 || !UpstreamErrors.IsWorthAnotherTarget(failure)) throw;
            }
        }
    }

    private async Task<ResumableAnswer> OpenAsync(RouteModel model, Generation generation, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        try
        {
            var answer = await _calls.OpenAsync(_route, model, generation, mayWait: ReferenceEquals(model, _candidates[^1]), cancellationToken).ConfigureAwait(false);
            _hedging?.Measure(model, started);
            return answer;
        }
        catch (GatewayException failure)
        {
            _health.Failed(model, failure, _route.KeyOf(model));
            throw;
        }
    }

    /// <summary>This target's answer, or the next one's where this one is late.</summary>
    private async Task<ResumableAnswer> OpenEitherAsync(Generation generation, TimeSpan delay)
    {
        var (first, second) = (_candidates[_at], _candidates[_at + 1]);
        try
        {
            var answer = await _hedging!.OpenAsync(first, second, delay, (model, stop) => OpenAsync(model, generation, stop), _cancellationToken).ConfigureAwait(false);
            if (_hedging.SecondDecided) _at++;
            return answer;
        }
        catch (GatewayException) when (_hedging!.IsHedged)
        {
            // Both have failed, and the next is behind both.
            _at++;
            throw;
        }
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
            var provider = _targets.ProviderOf(_candidates[_at]);
            if (!(_generation.IsChat ? provider.ContinuesAssistant(_candidates[_at].Name) : provider.Abilities.ContinuesPrompts)) continue;
            await OpenAsync(rest).ConfigureAwait(false);
            return true;
        }

        return false;
    }
}
