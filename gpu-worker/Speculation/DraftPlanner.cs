using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Speculation;

/// <summary>
/// Decides how many tokens each decoding sequence of a step drafts: so many that the step yields most tokens a second, by the rates at which drafts have come of late and by what rows cost on this machine, and
/// none where that is no faster or where drafts have brought too little to pay for them (<see cref="DraftAccount"/>). Whatever it decides, the tokens are the same. Pure: a function of the plans, of what came of
/// them and of what steps took.
/// </summary>
/// <param name="maxDrafts">Most drafted tokens of one sequence in a step.</param>
internal sealed class DraftPlanner(StepCosts measured, int maxDrafts, StopRule stopRule)
{
    /// <summary>Most drafted tokens of one step: their logits need memory.</summary>
    public const int MaxRows = 64;

    /// <summary>What drafting must promise: rates and costs are estimates, those of a busy machine poor ones, and where little is to be gained it may be lost.</summary>
    private const double LeastGain = 1.1;

    /// <summary>What a draft costs at least, in parts of what its token is worth: where a start on a busy machine measured that rows cost nothing, drafts are not free.</summary>
    private const double LeastPrice = 0.05;

    private readonly LiveStepCosts _costs = new(measured);
    private readonly DraftAccount _account = new();

    /// <summary>Seconds that the latest plan's drafts save for each that comes.</summary>
    private double _worth;

    // Kept from step to step, so that a step allocates nothing.
    private readonly List<Candidate> _candidates = [];
    private readonly int[] _order = new int[MaxRows];
    private int[] _drafts = [];

    /// <summary>Drafted tokens that each part of a plan is to have. Valid until the next call.</summary>
    /// <param name="budget">Tokens that the step may still take.</param>
    public ReadOnlySpan<int> Choose(ReadOnlySpan<ScheduledSequence> parts, int budget)
    {
        if (_drafts.Length < parts.Length)
            _drafts = new int[Math.Max(parts.Length, 2 * _drafts.Length)];

        var drafts = _drafts.AsSpan(0, parts.Length);
        drafts.Clear();
        var (rows, decoding) = Look(parts);
        if (decoding == 0)
            return drafts;

        double without = _costs.Of(rows), alone = _costs.Of(decoding);
        _worth = alone / decoding;
        int best = _candidates.Count == 0 ? 0 : Best(rows, decoding, Math.Min(budget, MaxRows));
        for (int i = 0; i < best; i++)
            drafts[_candidates[_order[i]].Part]++;

        _account.Pay(alone, best == 0 ? 0 : Price(best, _costs.Of(rows + best) - without));
        return drafts;
    }

    /// <summary>A draft of the latest plan came.</summary>
    public void Came() => _account.Earn(_worth);

    /// <summary>A plan has run.</summary>
    /// <param name="seconds">How long it took, 0 where no time passed.</param>
    public void Ran(ReadOnlySpan<ScheduledSequence> parts, double seconds)
    {
        int rows = 0;
        foreach (var part in parts)
        {
            if (part.Count - part.Drafts != 1 || part.PromptRows > 0)
                return;

            rows += part.Count;
        }
        _costs.Observe(rows, seconds);
    }

    /// <summary>Finds who may draft; returns the plan's rows, and those among them that decode.</summary>
    private (int Rows, int Decoding) Look(ReadOnlySpan<ScheduledSequence> parts)
    {
        _candidates.Clear();
        int rows = 0, decoding = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            var (sequence, _, count, _, _) = parts[i];
            rows += count;
            if (count != 1 || !parts[i].IsSampled)
                continue;

            decoding++;
            if (sequence.Lookup is { MayDraft: true } lookup && Permits(sequence, lookup, 0))
                _candidates.Add(new Candidate(i, sequence, lookup, 0, lookup.Rate(0)));
        }
        return (rows, decoding);
    }

    /// <summary>
    /// How many drafts, dealt out to whom they promise most, are the fastest; <see cref="_order"/> says to whom. What drafts cost is what the step's rows cost more with them: the prompts beside them
    /// have to be computed anyway.
    /// </summary>
    private int Best(int rows, int decoding, int most)
    {
        double without = _costs.Of(rows), decodingAlone = _costs.Of(decoding), affordable = _account.Available(decodingAlone);
        double fastest = LeastGain * decoding / decodingAlone, expected = decoding;
        int best = 0;
        for (int drafts = 1; drafts <= most; drafts++)
        {
            int next = Likeliest();
            var candidate = _candidates[next];
            if (candidate.Gain <= 0)
                break;

            expected += candidate.Gain;
            _order[drafts - 1] = next;
            _candidates[next] = After(candidate);
            // Rows are cheap in some numbers and dear in others: a step of decoding alone has one that was measured.
            if (rows == decoding && !_costs.IsMeasured(rows + drafts))
                continue;

            double added = _costs.Of(rows + drafts) - without, speed = expected / (decodingAlone + added);
            if (speed > fastest && Price(drafts, added) <= affordable)
                (fastest, best) = (speed, drafts);
        }
        return best;
    }

    private double Price(int drafts, double added) => Math.Max(added, LeastPrice * drafts * _worth);

    private int Likeliest()
    {
        int best = 0;
        for (int i = 1; i < _candidates.Count; i++)
            if (_candidates[i].Gain > _candidates[best].Gain)
                best = i;

        return best;
    }

    /// <summary>The candidate with one more draft: what the one after it promises, nothing where it may not be.</summary>
    private Candidate After(Candidate candidate)
    {
        int drafts = candidate.Drafts + 1;
        bool goesOn = drafts < maxDrafts && Permits(candidate.Sequence, candidate.Lookup, drafts);
        return candidate with { Drafts = drafts, Gain = goesOn ? candidate.Gain * candidate.Lookup.Rate(drafts) : 0 };
    }

    /// <summary>Whether the sequence may draft one more after so many: neither what would end its answer, nor anything after which no token is sampled.</summary>
    private bool Permits(Sequence sequence, PromptLookup lookup, int drafts) =>
        drafts < stopRule.MostDrafts(sequence) && !stopRule.IsStop(sequence.Request, lookup.Predicted(sequence.Tokens, drafts));

    /// <param name="Part">Its place in the plan.</param>
    /// <param name="Gain">How likely its next draft is to come, all before it included.</param>
    private readonly record struct Candidate(int Part, Sequence Sequence, PromptLookup Lookup, int Drafts, double Gain);
}
