namespace Serverless.GpuWorker.Speculation;

/// <summary>
/// How many equal tokens must stand before a place for it to be worth a draft, after drafts of which not one token came: twice as many after each such draft of the sequence, and after every fourth in a row of all
/// sequences together, so that attempts which fail become rare at once, whoever makes them. What comes without having been drafted makes the run of equal tokens longer: a sequence that begins to quote drafts again
/// after <see cref="MostAsked"/> tokens at the latest, at no cost, and its first draft that comes ends the caution of all.
/// </summary>
internal sealed class DraftCaution
{
    /// <summary>Equal tokens that are asked for at most, a power of two.</summary>
    public const int MostAsked = 8;

    /// <summary>Refused drafts in a row, of sequences that each may be the one that does not quote, after which all sequences are asked for twice as many equal tokens.</summary>
    private const int SharedPatience = 4;

    private readonly DraftCaution? _all;
    private int _refused;

    /// <summary>The caution of all sequences of an engine together.</summary>
    public DraftCaution()
    {
    }

    /// <summary>The caution of one sequence.</summary>
    public DraftCaution(DraftCaution all) => _all = all;

    /// <summary>Equal tokens that are asked for: 1, 2, 4 or 8.</summary>
    public int Asked => Math.Max(Doubled(_all is null ? _refused / SharedPatience : _refused), _all?.Asked ?? 1);

    /// <summary>Takes in whether the first token of a draft came.</summary>
    public void Record(bool came)
    {
        _refused = came ? 0 : Math.Min(_refused + 1, 1_000);
        _all?.Record(came);
    }

    private static int Doubled(int times) => times >= 3 ? MostAsked : 1 << times;
}
