namespace Serverless.GpuWorker.Speculation;

/// <summary>
/// How often a token that is predicted from an earlier occurrence comes, by how many tokens before it are the same in both places. What was seen long ago counts less. Predictions are compared
/// with what comes whether or not they were drafted, so rates are learned, up and down, at no cost.
/// </summary>
internal sealed class AcceptanceRates
{
    /// <summary>Before anything is seen, by class.</summary>
    private static readonly float[] Expected = [0.2f, 0.4f, 0.55f, 0.7f, 0.85f, 0.9f];

    private readonly AcceptanceRates? _all;
    private readonly float _weight, _decay;
    private readonly float[] _hits = new float[Expected.Length], _trials = new float[Expected.Length];

    /// <summary>The rates of all sequences of an engine together.</summary>
    public AcceptanceRates() => (_weight, _decay, Caution) = (16, 0.98f, new DraftCaution());

    /// <summary>The rates of one sequence, which begin as those of all and soon are its own.</summary>
    public AcceptanceRates(AcceptanceRates all) => (_all, _weight, _decay, Caution) = (all, 3, 0.9f, new DraftCaution(all.Caution));

    /// <summary>What drafts that were refused ask of the next.</summary>
    public DraftCaution Caution { get; }

    /// <summary>The expected rate, 0..1, of a prediction after so many equal tokens.</summary>
    /// <param name="matched">1 or more.</param>
    public float After(int matched) => AfterClass(ClassOf(matched));

    /// <summary>Takes in whether a predicted token came.</summary>
    public void Record(int matched, bool came)
    {
        int kind = ClassOf(matched);
        _hits[kind] = (_hits[kind] * _decay) + (came ? 1 : 0);
        _trials[kind] = (_trials[kind] * _decay) + 1;
        _all?.Record(matched, came);
    }

    private float AfterClass(int kind) => ((_weight * (_all?.AfterClass(kind) ?? Expected[kind])) + _hits[kind]) / (_weight + _trials[kind]);

    private static int ClassOf(int matched) => matched switch
    {
        <= 1 => 0,
        2 => 1,
        3 => 2,
        < 8 => 3,
        < 16 => 4,
        _ => 5,
    };
}
