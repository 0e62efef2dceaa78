namespace Serverless.GpuWorker.Speculation;

/// <summary>
/// Predicts a sequence's next tokens from where its last ones stand earlier in its prompt or answer (prompt lookup decoding: Saxena, github.com/apoorvumang/prompt-lookup-decoding). It takes the earlier
/// place with the longest common run of tokens, of equals the latest, and stays there as long as its predictions come. Constant amortised time a token. It is no part of what decides which token is sampled.
/// </summary>
/// <param name="rates">Of all sequences together.</param>
internal sealed class PromptLookup(AcceptanceRates rates)
{
    /// <summary>Earlier places that are compared.</summary>
    private const int Places = 8;

    /// <summary>Equal tokens beyond which no longer run is looked for.</summary>
    private const int LongestCompared = 32;

    // The longest first. A run of one token is found at its latest place alone: the others are as good.
    private readonly TokenRuns[] _runs = [new(3), new(2), new(1)];
    private readonly AcceptanceRates _own = new(rates);
    private int _next;
    private bool _isDrafted;

    /// <summary>Tokens before the predicted one that are the same in both places; 0 where nothing is predicted.</summary>
    public int Matched { get; private set; }

    /// <summary>Whether what is predicted is worth a draft, by what became of earlier ones (<see cref="DraftCaution"/>).</summary>
    public bool MayDraft => Matched > 0 && Matched >= _own.Caution.Asked;

    /// <summary>Takes the tokens in that a sequence comes with.</summary>
    public void Begin(ReadOnlySpan<int> tokens)
    {
        foreach (var runs in _runs)
            runs.Rebuild(tokens[..^1]);

        Find(tokens);
        Add(tokens);
    }

    /// <summary>The next predictions are drafted.</summary>
    public void Draft() => _isDrafted = true;

    /// <summary>They are not: their step does not run.</summary>
    public void Withdraw() => _isDrafted = false;

    /// <summary>Takes in the token that has just come, the last one.</summary>
    public void Append(ReadOnlySpan<int> tokens)
    {
        if (Matched > 0)
        {
            bool came = tokens[_next] == tokens[^1];
            _own.Record(Matched, came);
            if (_isDrafted)
                _own.Caution.Record(came);

            _isDrafted = false;
            Matched = came ? Matched + 1 : 0;
            _next++;
        }
        if (Matched == 0)
            Find(tokens);

        Add(tokens);
    }

    /// <summary>The predicted token <paramref name="ahead"/> places after the next one. A place so late that it ends at the sequence's own end repeats.</summary>
    public int Predicted(ReadOnlySpan<int> tokens, int ahead) => tokens[_next + (ahead % (tokens.Length - _next))];

    /// <summary>The expected rate, 0..1, at which the predicted token <paramref name="ahead"/> places after the next one comes, if those before it do.</summary>
    public float Rate(int ahead) => _own.After(Matched + ahead);

    private void Add(ReadOnlySpan<int> tokens)
    {
        foreach (var runs in _runs)
            runs.Add(tokens);
    }

    private void Find(ReadOnlySpan<int> tokens)
    {
        foreach (var runs in _runs)
        {
            int end = runs.Latest(tokens);
            for (int place = 0; end > 0 && place < Places; place++, end = runs.Earlier(end))
            {
                int common = CommonBefore(tokens, end);
                if (common < runs.Length || common <= Matched)
                    continue;

                (_next, Matched) = (end, common);
                if (runs.Length == 1)
                    break;
            }
            if (Matched > 0)
                return;
        }
    }

    /// <summary>Tokens that end both the sequence and its first <paramref name="end"/> tokens.</summary>
    private static int CommonBefore(ReadOnlySpan<int> tokens, int end)
    {
        int common = 0;
        while (common < Math.Min(end, LongestCompared) && tokens[end - 1 - common] == tokens[^(1 + common)])
            common++;

        return common;
    }
}
