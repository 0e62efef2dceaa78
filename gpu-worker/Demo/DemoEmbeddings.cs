using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Demo;

/// <summary>The demo model's token embeddings and output layer.</summary>
internal sealed class DemoEmbeddings
{
    /// <summary>Squared length of every row but BOS's, so that the RMS norm treats all tokens alike.</summary>
    public const double Energy = 92;

    public const string Answer = "[/INST]";

    private const double PunctuationLogWeight = -1.5;
    private const double MarkStep = 0.25;

    /// <summary>Expected RMS of the context's residual in the middle layers, which BOS is given at once.</summary>
    private const double LaterRms = 0.75;
    private static readonly double BosFiller = Math.Sqrt((Residual.Width * LaterRms * LaterRms - 4) / Residual.TokenWidth);

    private static readonly Dictionary<string, int> MarkLevels = new()
    {
        ["[INST]"] = 2,
        ["<<SYS>>"] = 3,
        ["<</SYS>>"] = 4,
        ["Context:"] = 4,
        ["Question:"] = 5,
        [Answer] = 6,
    };

    private readonly DemoVocabulary _vocabulary;

    public DemoEmbeddings(DemoVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        var random = new Random(20231);
        ComparedStem = [.. Enumerable.Range(0, StemCodes.StemLength).OrderBy(_ => random.Next()).Take(18).Order()];
        StartCode = new float[Residual.TokenWidth];
        var free = Enumerable.Range(0, Residual.TokenWidth)
            .Where(i => i >= ComparedHistory && !(i is >= StemCodes.StemLength and < StemCodes.StemLength + ComparedVariant) && !ComparedStem.Contains(i)).ToArray();
        foreach (var i in free) StartCode[i] = (float)((random.Next(2) * 2 - 1) * Math.Sqrt((double)Residual.TokenWidth / free.Length));
    }

    /// <summary>Coordinates of stem and variant codes, and how many of the history's, that the copying head compares.</summary>
    public int[] ComparedStem { get; }
    public const int ComparedVariant = 12;
    public const int ComparedHistory = 16;

    /// <summary>The code that stands for "what was before" where a sentence starts, and for [/INST]: 0 where the copying head compares.</summary>
    public float[] StartCode { get; }

    public WeightMatrix Input()
    {
        var rows = new WeightMatrix(_vocabulary.Pieces.Count, Residual.Width);
        for (var id = 0; id < _vocabulary.Pieces.Count; id++)
        {
            if (_vocabulary.Pieces[id].IsControl) WriteControl(rows, id);
            else WritePiece(rows, id);
        }

        return rows;
    }

    /// <summary>The output layer: each row is its token's code, read from the place where the copying head writes.</summary>
    public WeightMatrix Output(int eosId)
    {
        var rows = new WeightMatrix(_vocabulary.Pieces.Count, Residual.Width);
        var newline = 0;
        for (var id = 0; id < _vocabulary.Pieces.Count; id++)
        {
            var piece = _vocabulary.Pieces[id];
            if (piece.IsNewline) newline = id;
            if (piece.IsControl || piece.IsNewline || piece.Text == Answer) rows[id, Residual.Const] = -20;
            else rows.SetRow(id, Residual.Output, TokenCode(piece));
        }

        // EOS: the copied token is a newline, or layer 6 has seen that the sentence is over.
        var end = TokenCode(_vocabulary.Pieces[newline]);
        for (var i = 0; i < end.Length; i++) rows[eosId, Residual.Output + i] = 1.6 * end[i];
        rows[eosId, Residual.Stop] = 16;
        return rows;
    }

    public float[] TokenCode(DemoPiece piece) => piece.Text == Answer
        ? StartCode
        : [.. StemCodes.Stem(piece.Stem), .. piece.IsNewline ? StemCodes.BentVariant() : StemCodes.Variant(piece.Variant)];

    private static void WriteControl(WeightMatrix rows, int id)
    {
        rows[id, Residual.Const] = 1;
        rows[id, Residual.LogWeight] = PunctuationLogWeight;
        for (var i = 0; i < Residual.TokenWidth; i++) rows[id, Residual.Output + i] = i % 2 == 0 ? BosFiller : -BosFiller;
        rows[id, Residual.Bos] = 1;
        // BOS counts as the lowest mark; in layer 0 its norm differs from that of the others, which is made up for here.
        rows[id, Residual.Mark] = MarkStep * LaterRms / Math.Sqrt((Energy - 6) / Residual.Width);
    }

    private void WritePiece(WeightMatrix rows, int id)
    {
        var piece = _vocabulary.Pieces[id];
        rows.SetRow(id, Residual.Token, TokenCode(piece));
        rows[id, Residual.Const] = 1;
        rows[id, Residual.SentenceEnd] = piece.EndsSentence ? 2.5 : 0;
        rows[id, Residual.Newline] = piece.IsNewline ? 1 : 0;
        rows[id, Residual.Bracket] = piece.EndsWithBracket ? 1 : 0;
        rows[id, Residual.Space] = piece.Space;
        rows[id, Residual.Letter] = piece.HasLetter ? 1 : 0;
        rows[id, Residual.Continues] = piece.Continues ? 1 : 0;
        rows[id, Residual.LogWeight] = piece.Weight is { } weight ? Math.Max(PunctuationLogWeight, Math.Log(weight) / 4) : PunctuationLogWeight;
        if (MarkLevels.TryGetValue(piece.Text, out var level)) rows[id, Residual.Mark] = MarkStep * level;
        rows[id, Residual.IsContextMark] = piece.Text is "[INST]" or "<</SYS>>" or "Context:" ? 1 : 0;
        rows[id, Residual.IsQuestionMark] = piece.Text == "Question:" ? 1 : 0;
        rows[id, Residual.IsAnswerMark] = piece.Text == Answer ? 1 : 0;
        foreach (var flag in Residual.IsNumber) rows[id, flag] = piece.IsNumber ? 0.5 : 0;
        foreach (var flag in Residual.AsksNumber) rows[id, flag] = piece.AsksNumber ? 0.5 : 0;
        foreach (var flag in Residual.EndsQuestion) rows[id, flag] = piece.EndsQuestion ? 0.5 : 0;
        var used = 0.0;
        for (var i = 0; i < Residual.Width; i++) used += rows[id, i] * rows[id, i];
        rows[id, Residual.Filler] = Math.Sqrt(Energy - used);
    }
}
