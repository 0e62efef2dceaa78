using static Serverless.GpuWorker.Demo.Residual;

namespace Serverless.GpuWorker.Demo;

/// <summary>
/// The eight layers of the demo model. Layers 0 and 1 note what stands before each token and which part of the prompt it is in;
/// layer 2 gives each sentence a hash; layer 3 lets each word of the question find its sentences; layer 4 averages over the
/// question, rare words counting most; layer 5 picks the sentence, a long one before a short one, and layer 6 settles ties; layer 7 copies it word by word.
/// </summary>
internal sealed class DemoLlamaLayers
{
    public const int Count = 8;

    // Expected RMS of the residual: before each layer's attention, where it asks and where it looks; before the MLPs.
    private static readonly (double Query, double Key)[] Rms =
        [(0.424, 0.424), (0.63, 0.63), (0.73, 0.73), (0.64, 0.757), (0.65, 0.65), (0.655, 0.757), (0.66, 0.757), (0.70, 0.757)];

    private const double RmsMlp0 = 0.625;
    private const double RmsUnused = 1;
    private const double RmsOutput = 1.85;

    private const double HashScale = 0.5;
    private const double MatchScale = 0.8;
    // The mean of the four or so tokens in the bag is this much shorter than one of them.
    private const double BagScale = 2.6 / 0.9;
    private const double StemMatch = 38;
    private const double PartMatch = 18;

    /// <summary>"Never" and "always", in nats, beside terms of a few dozen.</summary>
    private const double Shut = 400;

    /// <summary>How much the words of the last turn count above those of the turn before it, in nats, and by how much a sentence loses that answers the latter.</summary>
    private const double LastTurn = 2.5;
    private const double Answered = 0.2;

    private static readonly DistanceKernel Nearest = DistanceKernel.Fit(d => -130 * Math.Log(1 + d / 4.0), withDifferences: true);
    private static readonly DistanceKernel Recent = DistanceKernel.Fit(d => -Math.Min(Math.Pow((d - 4.5) / 2, 2), 25), withDifferences: false);

    private readonly DemoEmbeddings _embeddings;

    public DemoLlamaLayers(DemoEmbeddings embeddings)
    {
        _embeddings = embeddings;
        Attention = [.. Rms.Select(rms => new AttentionLayer(rms.Query, rms.Key))];
        Mlp = [new GatedMlp(RmsMlp0), .. Enumerable.Range(0, Count - 2).Select(_ => new GatedMlp(RmsUnused)), new GatedMlp(RmsOutput)];
        NoteWhatStandsBefore(Attention[0]);
        FindStarts(Mlp[0]);
        NoteWhatStandsFurtherBefore(Attention[1]);
        NameSentences(Attention[2]);
        MatchWords(Attention[3]);
        MeasureSentences(Attention[3]);
        WeighWords(Attention[4]);
        PickSentence(Attention[5]);
        NoteWhatIsAsked(Attention[5]);
        SettleTies(Attention[6]);
        CopyNext(Attention[7]);
        StopAtSentenceEnd(Mlp[7]);
    }

    public IReadOnlyList<AttentionLayer> Attention { get; }

    public IReadOnlyList<GatedMlp> Mlp { get; }

    private static void NoteWhatStandsBefore(AttentionLayer layer)
    {
        const double keyScale = 8;
        var token = layer.Values(0, Token, TokenWidth);
        var end = layer.Value(0, (SentenceEnd, 0.4));
        var newline = layer.Value(0, (Newline, 1));
        var bracket = layer.Value(0, (Bracket, 1));

        layer.Distance(0, DistanceKernel.Peak(1, 30), keyScale);
        layer.Outputs(0, token, Previous, TokenWidth);
        layer.Output(0, end, AfterSentenceEnd);
        var asked = layer.Value(0, [.. EndsQuestion.Select(flag => (flag, 1.0))]);
        foreach (var flag in AfterQuestion) layer.Output(0, asked, flag, 0.5);
        layer.Output(0, newline, AfterNewline);
        layer.Output(0, bracket, AfterBracket);

        layer.Distance(1, DistanceKernel.Peak(2, 30), keyScale);
        layer.Outputs(1, token, SecondPrevious, HistoryWidth);

        var other = layer.Values(1, Token, TokenWidth);
        var context = layer.Value(1, (IsContextMark, 1));
        var question = layer.Value(1, (IsQuestionMark, 1));
        var answer = layer.Value(1, (IsAnswerMark, 1));
        layer.Distance(2, Recent, keyScale);
        layer.Outputs(2, other + HistoryWidth, Bag, HistoryWidth, 0.9);

        // The highest mark so far says which part of the prompt this is.
        layer.Flag(3, [(Const, 100)], [(Mark, 1)]);
        layer.Output(3, context, InContext);
        layer.Output(3, question, InQuestion);
        layer.Output(3, answer, InAnswer);
    }

    private void FindStarts(GatedMlp mlp)
    {
        // A word after a question mark goes on with what the question began: neither says much alone.
        (int, double)[] startsSentence =
            [(AfterSentenceEnd, 3), (AfterBracket, 3), (Space, 3), (AfterNewline, 6), (Const, -4.5), (Letter, -0.9), .. AfterQuestion.Select(flag => (flag, -0.9))];
        var startCode = new (int, double)[TokenWidth + 1];
        for (var i = 0; i < TokenWidth; i++) startCode[i] = (Previous + i, _embeddings.StartCode[i]);
        startCode[^1] = (SentenceStart, 1);
        mlp.Step(startsSentence, startCode);
        for (var i = 0; i < TokenWidth; i++) mlp.Clear(startsSentence, Previous + i);
        mlp.Step([(AfterBracket, 1), (Space, 1), (Const, -1.5)], (PassageStart, 1));
        mlp.Step([(AfterNewline, 1), (Letter, 1), (Const, -1.5)], (PassageStart, 1));
    }

    private static void NoteWhatStandsFurtherBefore(AttentionLayer layer)
    {
        const double keyScale = 16;
        const double toBos = 1000;

        layer.Distance(3, DistanceKernel.Peak(1, 30), keyScale);
        layer.Outputs(3, layer.Values(1, SecondPrevious, HistoryWidth), ThirdPrevious, HistoryWidth);
        layer.Output(3, layer.Value(1, (SentenceStart, 1)), JustStarted);

        // Single words of the last lines: what tells the beginnings of two passages apart, which often look alike.
        var word = layer.Values(0, Token + HistoryWidth, HistoryWidth);
        foreach (var (head, distance, target) in ((int, int, int)[])[(0, 8, EighthPrevious), (1, 14, FourteenthPrevious)])
        {
            layer.Distance(head, DistanceKernel.Peak(distance, 30), keyScale);
            layer.Outputs(head, word, target, HistoryWidth);
        }

        foreach (var head in (int[])[0, 1, 3]) layer.Flag(head, [(Const, toBos), (InContext, -toBos)], [(Bos, 1)]);

        // A later part of a word also carries the part before it; in the answer nobody asks for it.
        layer.Distance(2, DistanceKernel.Peak(1, 30), keyScale);
        layer.Flag(2, [(Const, toBos), (Continues, -toBos), (InAnswer, toBos)], [(Bos, 1)]);
        for (var i = 0; i < HistoryWidth; i++) layer.Output(2, layer.Value(1, (Token + 2 * i, 1)), PartBefore + i, 0.5);
    }

    private static void NameSentences(AttentionLayer layer)
    {
        // A hash of the words around a start: random signs over its own code and what stands before it.
        (int Block, int Width, double Weight)[] blocks =
        [
            (Token, TokenWidth, 0.5), (SecondPrevious, HistoryWidth, 1), (ThirdPrevious, HistoryWidth, 0.4),
            (EighthPrevious, HistoryWidth, 1.8), (FourteenthPrevious, HistoryWidth, 1.8), (Bag, HistoryWidth, 0.3 * BagScale),
        ];
        var norm = Math.Sqrt(TokenWidth * 0.25 + HistoryWidth * (1 + 0.16 + 2 * 1.8 * 1.8 + 0.09));
        var random = new Random(20232);
        var hash = -1;
        for (var row = 0; row < SentenceWidth + PassageWidth; row++)
        {
            var value = layer.Value(0, [.. blocks.SelectMany(block => Enumerable.Range(block.Block, block.Width)
                .Select(i => (i, block.Weight * (random.Next(2) * 2 - 1) / norm)))]);
            if (row == 0) hash = value;
        }

        // In the answer both attend to BOS and so read zero: layers 5 and 6 say there which sentence it is.
        // What stands before the context is no part of it: the system's last sentence would otherwise name the first lines of the first passage.
        layer.Distance(0, Nearest, 16);
        layer.Flag(0, [(Const, Shut)], [(SentenceStart, 1), (InContext, 0.5), (Const, -0.5)]);
        layer.Flag(0, [(InAnswer, 2500)], [(Bos, 1)]);
        layer.Outputs(0, hash, Sentence, SentenceWidth, HashScale);

        layer.Distance(1, Nearest, 16);
        layer.Flag(1, [(Const, 600)], [(PassageStart, 1), (InContext, 0.5), (Const, -0.5)]);
        layer.Flag(1, [(InAnswer, 2500)], [(Bos, 1)]);
        layer.Outputs(1, hash + SentenceWidth, Passage, PassageWidth, HashScale);

        var start = layer.Value(1, (SentenceStart, 1));
        foreach (var (head, distance) in ((int, int)[])[(2, 2), (3, 3)])
        {
            layer.Distance(head, DistanceKernel.Peak(distance, 30), 16);
            layer.Flag(head, [(Const, 1000), (InContext, -1000)], [(Bos, 1)]);
            layer.Output(head, start, JustStarted);
        }
    }

    private static void MatchWords(AttentionLayer layer)
    {
        layer.Content(0, Token, Token, StemCodes.StemLength, StemMatch / StemCodes.StemLength);
        layer.Content(0, PartBefore, PartBefore, HistoryWidth, PartMatch * 4 / HistoryWidth);
        layer.Flag(0, [(Const, 100)], [(InContext, 1), (Const, -1), (Bos, 1)]);
        // What has no match in the context goes to BOS, which means nothing.
        layer.Flag(0, [(Const, 0.7 * StemMatch + Shut), (InQuestion, -Shut), (Continues, 0.8 * PartMatch)], [(Bos, 1)]);
        layer.Outputs(0, layer.Values(0, Sentence, SentenceWidth), MatchedSentence, SentenceWidth, MatchScale);
        layer.Outputs(0, layer.Values(0, Passage, PassageWidth), MatchedPassage, PassageWidth, MatchScale);

        // A line of the question that follows another one: the turn before stands above it.
        layer.Flag(1, [(Const, 1)], [(Newline, 40), (InQuestion, 40), (Bos, 60)]);
        var newline = layer.Value(0, (Newline, 1));
        foreach (var flag in LaterLine) layer.Output(1, newline, flag, 0.5);
    }

    /// <summary>Each token of the context looks at its sentence so far: the share of its start is one in so many tokens, and a number is seen wherever it stands.</summary>
    private static void MeasureSentences(AttentionLayer layer)
    {
        const int compared = 40;
        foreach (var head in (int[])[2, 3])
        {
            layer.Content(head, Sentence, Sentence, compared, 100 / (compared * HashScale * HashScale));
            layer.Flag(head, [(Const, Shut), (InContext, -Shut)], [(Bos, 1)]);
        }

        layer.Output(2, layer.Value(1, (SentenceStart, 1)), Shortness);
        layer.Flag(3, [(Const, 1)], [.. IsNumber.Select(flag => (flag, 8.0))]);
        layer.Output(3, layer.Value(1, [.. IsNumber.Select(flag => (flag, 1.0))]), HasNumber);
    }

    private static void WeighWords(AttentionLayer layer)
    {
        (int, double)[] words = [(InQuestion, 14), (LogWeight, 4)];
        var matched = layer.Values(0, MatchedSentence, SentenceWidth);
        layer.Flag(0, [(Const, 1)], [.. words, .. LaterLine.Select(flag => (flag, LastTurn))]);
        layer.Outputs(0, matched, MatchedSentence, SentenceWidth, 1 / (1 - Answered));
        layer.Flag(1, [(Const, 1)], [.. words, .. LaterLine.Select(flag => (flag, -30.0))]);
        layer.Outputs(1, matched, MatchedSentence, SentenceWidth, -Answered / (1 - Answered));

        layer.Flag(3, [(Const, 1)], words);
        layer.Outputs(3, layer.Values(1, MatchedPassage, PassageWidth), MatchedPassage, PassageWidth);

        layer.Flag(2, [(Const, 1)], [(InQuestion, 14), .. AsksNumber.Select(flag => (flag, 6.0)), .. LaterLine.Select(flag => (flag, 12.0))]);
        layer.Output(2, layer.Value(1, [.. AsksNumber.Select(flag => (flag, 1.0))]), Asks);
    }

    private static void PickSentence(AttentionLayer layer)
    {
        const double hashSquare = HashScale * HashScale;
        layer.Content(0, MatchedSentence, Sentence, SentenceWidth, 400 / (SentenceWidth * MatchScale * hashSquare));
        layer.Content(0, MatchedPassage, Passage, PassageWidth, 100 / (PassageWidth * MatchScale * hashSquare));
        // A sentence is found by its end, which knows that it is one: lines that stop without a full stop, and titles of two or
        // three words, are seldom answers. Its start counts too, should nothing have a proper end. Of two
        // that share the same words, the longer one says more; one that holds a number, more to whom that asks for one.
        (int, double)[] says = [(Shortness, -80), .. EndsQuestion.Select(flag => (flag, -30.0))];
        layer.Flag(0, [(Const, 1)], [(SentenceStart, 24), (SentenceEnd, 88 / 2.5), (InContext, 80), (Const, -160), (Letter, 12), (JustStarted, -40), .. says]);
        layer.Flag(0, [(Asks, 1)], [(HasNumber, 15)]);
        layer.Flag(0, [(Const, 1500), (InAnswer, -1500)], [(Bos, 1)]);
        // The gateway's first passage is the nearest one: where the question's words say little, it is quoted (ten nats or so a passage).
        layer.PreferEarly(0, 1000);
        // Sentences that match alike would be blended: a small arbitrary preference keeps them apart.
        layer.Flag(0, [(Const, 1)], [.. Enumerable.Range(0, SentenceWidth).Select(i => (Sentence + i, i % 3 == 0 ? 0.5 : -0.5))]);
        layer.Outputs(0, layer.Values(0, Sentence, SentenceWidth), Sentence, SentenceWidth);
    }

    /// <summary>Where a sentence goes on after a question mark, and whether the answer has come so far: what answers a question repeats its words.</summary>
    private static void NoteWhatIsAsked(AttentionLayer layer)
    {
        const int compared = 40;
        layer.Content(2, Sentence, Sentence, compared, 100 / (compared * HashScale * HashScale));
        layer.Flag(2, [(Const, 1)], [.. AfterQuestion.Select(flag => (flag, 8.0))]);
        layer.Flag(2, [(Const, Shut), (InContext, -Shut)], [(Bos, 1)]);
        layer.Output(2, layer.Value(1, [.. AfterQuestion.Select(flag => (flag, 1.0))]), IsPastQuestion);

        layer.Flag(3, [(Const, 1)], [(InAnswer, 40), .. EndsQuestion.Select(flag => (flag, 8.0))]);
        layer.Flag(3, [(Const, Shut), (InAnswer, -Shut)], [(Bos, 1)]);
        layer.Output(3, layer.Value(1, [.. EndsQuestion.Select(flag => (flag, 1.0))]), HasAsked);
    }

    /// <summary>The blend that layer 4 left asks again, which makes its largest part the whole.</summary>
    private static void SettleTies(AttentionLayer layer)
    {
        layer.Content(0, Sentence, Sentence, SentenceWidth, 200 / (SentenceWidth * HashScale * HashScale));
        layer.Flag(0, [(Const, 1)], [(SentenceStart, 60), (InContext, Shut), (Const, -Shut - 60)]);
        layer.Flag(0, [(Const, 1500), (InAnswer, -1500)], [(Bos, 1)]);
        layer.Outputs(0, layer.Values(0, Sentence, SentenceWidth), Sentence, SentenceWidth);
    }

    private void CopyNext(AttentionLayer layer)
    {
        var hashSquare = HashScale * HashScale;
        layer.Content(0, Sentence, Sentence, HistoryWidth, 180 / (HistoryWidth * hashSquare));
        layer.Content(0, Token, Previous, _embeddings.ComparedStem, 85.0 / _embeddings.ComparedStem.Length);
        layer.Content(0, Token + StemCodes.StemLength, Previous + StemCodes.StemLength, DemoEmbeddings.ComparedVariant, 45.0 / DemoEmbeddings.ComparedVariant);
        layer.Content(0, Previous, SecondPrevious, DemoEmbeddings.ComparedHistory, 50.0 / DemoEmbeddings.ComparedHistory);
        layer.Content(0, SecondPrevious, ThirdPrevious, 12, 40.0 / 12);
        layer.Content(0, Bag, Bag, 9, 16.0 / 9 * BagScale * BagScale);
        layer.Flag(0, [(HasAsked, 60), (Const, -30)], [(IsPastQuestion, 2), (Const, -1)]);
        // The sentence that comes next, by which the end is known, is past no question.
        layer.Flag(0, [(HasAsked, 60)], [(SentenceStart, 1)]);
        layer.Flag(0, [(Const, 4 * Shut)], [(InContext, 1), (Const, -1)]);
        layer.Flag(0, [(IsAnswerMark, 130), (SentenceEnd, 185 / 2.5)], [(SentenceStart, 1)]);
        // After the answer's first word, what stands before it says nothing: the word after a start is preferred.
        layer.Flag(0, [(AfterBracket, 60)], [(JustStarted, 1)]);
        layer.Outputs(0, layer.Values(0, Token, TokenWidth), Output, TokenWidth, 4);
        layer.Output(0, layer.Value(0, (SentenceStart, 1)), NextStartsSentence);
    }

    private static void StopAtSentenceEnd(GatedMlp mlp) =>
        mlp.Step([(SentenceEnd, 0.4), (NextStartsSentence, 1), (Const, -1.5)], (Stop, 30));
}
