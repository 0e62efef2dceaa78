using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// A provider's answer under way that outlives its stream: one that breaks off goes on after the tokens that have come, with the same seed,
/// so that the reader sees neither a gap nor a repetition. A stream that is taken up again counts only with its first token, so each break is
/// followed by progress or ends the answer. A provider that cannot resume, or has not told the tokens of all its text, fails
/// as its stream did. Disposing it ends the call upstream.
/// </summary>
internal sealed class ResumableAnswer : IAsyncDisposable
{
    private readonly Func<Generation, CancellationToken, Task<IAsyncEnumerable<AnswerEvent>>> _generate;
    private readonly UpstreamCalls _upstream;
    private readonly UpstreamLimits _limits;
    private readonly Func<bool> _onRefusedKey;
    private readonly Generation _generation;
    private readonly CancellationToken _cancellationToken;
    private readonly List<int> _tokens = [];
    private UpstreamStream? _stream;
    private bool _mayResume;

    private ResumableAnswer(
        UpstreamCalls upstream, UpstreamLimits limits, IProvider provider, Func<CancellationToken, Task<ProviderTarget>> target, Func<bool> onRefusedKey, Generation generation, CancellationToken cancellationToken)
    {
        _upstream = upstream;
        _limits = limits;
        _generate = async (what, stop) => provider.GenerateAsync(await target(stop).ConfigureAwait(false), what, stop);
        _onRefusedKey = onRefusedKey;
        _mayResume = provider.CanResume && generation.Answers == 1;
        // What is drawn anew after a break must be what would have been drawn.
        _generation = _mayResume && generation.Settings.Seed is null
            ? generation with { Settings = generation.Settings with { Seed = Random.Shared.NextInt64() } }
            : generation;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Tokens that have come, where the provider tells them.</summary>
    public int Tokens => _tokens.Count;

    /// <summary>The event that <see cref="MoveNextAsync"/> came to.</summary>
    public AnswerEvent Current => _stream!.Current;

    /// <summary>Starts the answer and waits for its first event.</summary>
    /// <exception cref="GatewayException">The provider refused, or failed as often as the settings allow.</exception>
    public static async Task<ResumableAnswer> OpenAsync(
        UpstreamCalls upstream, UpstreamLimits limits, IProvider provider, Func<CancellationToken, Task<ProviderTarget>> target, Func<bool> onRefusedKey, Generation generation, CancellationToken cancellationToken)
    {
        var answer = new ResumableAnswer(upstream, limits, provider, target, onRefusedKey, generation, cancellationToken);
        answer._stream = await upstream.OpenAsync(stop => answer._generate(answer._generation, stop), onRefusedKey, limits, cancellationToken).ConfigureAwait(false);
        return answer;
    }

    /// <exception cref="UpstreamException">The stream broke, or was silent for too long, and does not go on.</exception>
    /// <exception cref="GatewayException">The provider did not take the answer up again.</exception>
    public ValueTask<bool> MoveNextAsync()
    {
        // What has come already passes at once.
        var next = _stream!.MoveNextAsync();
        if (!next.IsCompletedSuccessfully) return WaitAsync(next);
        var isMore = next.Result;
        return !isMore || IsShown() ? ValueTask.FromResult(isMore) : WaitAsync(_stream.MoveNextAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null) await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> WaitAsync(ValueTask<bool> next)
    {
        while (true)
        {
            try
            {
                if (!await next.ConfigureAwait(false)) return false;
                if (IsShown()) return true;
            }
            catch (UpstreamException failure) when (_mayResume && _tokens.Count > 0 && UpstreamErrors.IsWorthResuming(failure))
            {
                await ReopenAsync().ConfigureAwait(false);
            }

            next = _stream!.MoveNextAsync();
        }
    }

    /// <summary>Keeps the tokens of what has come. False for what holds nothing for a reader.</summary>
    private bool IsShown()
    {
        if (Current is not AnswerText text) return true;
        Keep(text);
        return text.IsShown;
    }

    private void Keep(AnswerText text)
    {
        if (!_mayResume) return;
        if (text.Tokens is not { Count: > 0 } tokens)
        {
            _mayResume = false;
            return;
        }

        _tokens.AddRange(tokens);
    }

    private async Task ReopenAsync()
    {
        await _stream!.DisposeAsync().ConfigureAwait(false);
        _stream = null;
        var rest = _generation with { Resume = _tokens.ToArray() };
        _stream = await _upstream.ReopenAsync(stop => _generate(rest, stop), _onRefusedKey, _limits, _cancellationToken).ConfigureAwait(false);
    }
}
