namespace Serverless.GpuWorker.Demo;

/// <summary>What each of the 512 numbers of the demo model's residual stream means.</summary>
internal static class Residual
{
    public const int Width = 512;

    // Flags of a token, set by its embedding.
    public const int Const = 0;
    public const int SentenceEnd = 1;
    public const int Newline = 2;
    public const int Bracket = 3;
    public const int Space = 4;
    public const int Letter = 5;
    public const int Mark = 6;
    public const int Bos = 7;
    public const int IsAnswerMark = 8;
    public const int IsContextMark = 9;
    public const int IsQuestionMark = 10;
    public const int LogWeight = 11;

    // Flags of the token before, and of the part of the prompt that a token stands in.
    public const int AfterSentenceEnd = 12;
    public const int AfterNewline = 13;
    public const int AfterBracket = 14;
    public const int InContext = 15;
    public const int InQuestion = 16;
    public const int InAnswer = 17;
    public const int SentenceStart = 18;
    public const int PassageStart = 19;
    public const int NextStartsSentence = 20;
    public const int Continues = 21;

    /// <summary>In the answer: it is complete. In the context: a sentence began one to three tokens before.</summary>
    public const int Stop = 22;
    public const int JustStarted = Stop;
    public const int Filler = 23;

    /// <summary>Token: 64 signs of its stem, 16 of its variant.</summary>
    public const int Token = 24;
    public const int TokenWidth = StemCodes.StemLength + StemCodes.VariantLength;

    /// <summary>The token before, or the start code where a sentence begins.</summary>
    public const int Previous = 104;

    /// <summary>The token to write next.</summary>
    public const int Output = 184;

    /// <summary>
    /// Flags that need a place where BOS has its filler: each is half in one number and half in the next, which BOS's alternating signs cancel. The output head adds to what
    /// stands there, by several hundred times as much.
    /// </summary>
    public static readonly int[] IsNumber = [Output, Output + 1];
    public static readonly int[] AsksNumber = [Output + 2, Output + 3];
    public static readonly int[] EndsQuestion = [Output + 4, Output + 5];
    public static readonly int[] AfterQuestion = [Output + 6, Output + 7];
    public static readonly int[] LaterLine = [Output + 8, Output + 9];

    /// <summary>24 signs of the token two before, and a blur of those 3 to 8 before.</summary>
    public const int SecondPrevious = 264;
    public const int Bag = 288;
    public const int HistoryWidth = 24;

    /// <summary>Of a later part of a word: half of the code of the part before it.</summary>
    public const int PartBefore = 312;

    /// <summary>In the answer, where no word is looked for any more: whether the question asks for a number or a time.</summary>
    public const int Asks = PartBefore;

    /// <summary>In the answer: whether it holds a question mark.</summary>
    public const int HasAsked = PartBefore + 1;

    /// <summary>Hashes of the sentence and of the passage that a token stands in.</summary>
    public const int Sentence = 336;
    public const int SentenceWidth = 64;
    public const int Passage = 400;
    public const int PassageWidth = 24;

    /// <summary>What the question's words matched: sums of such hashes.</summary>
    public const int MatchedSentence = 424;
    public const int MatchedPassage = 488;

    /// <summary>In the context, where nothing is matched: signs of the tokens 3, 8 and 14 before.</summary>
    public const int ThirdPrevious = MatchedSentence;
    public const int EighthPrevious = ThirdPrevious + HistoryWidth;
    public const int FourteenthPrevious = EighthPrevious + HistoryWidth;

    /// <summary>In the context: one in so many tokens of its sentence so far, and whether a number stood among them.</summary>
    public const int Shortness = MatchedPassage + 20;
    public const int HasNumber = MatchedPassage + 21;

    /// <summary>In the context: whether a question mark of the same sentence stands before.</summary>
    public const int IsPastQuestion = MatchedPassage + 22;
}
