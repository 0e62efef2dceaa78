namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>What a frame says. The numbers are the protocol's: they are never used again for something else.</summary>
internal enum FrameKind : byte
{
    /// <summary>To the child, first: version and what to load.</summary>
    Load = 1,

    /// <summary>To the child: a request and the number that its tokens will carry.</summary>
    Submit = 2,

    /// <summary>To the child: nobody waits for this number any more.</summary>
    Cancel = 3,

    /// <summary>To the child: texts to encode.</summary>
    Encode = 4,

    /// <summary>To the child: answer with <see cref="Pong"/>.</summary>
    Ping = 5,

    /// <summary>To the child: take no more, finish what is inside, say <see cref="Bye"/> and end.</summary>
    Drain = 6,

    /// <summary>To a rank, first: version, what to load and the rank's place in its group.</summary>
    LoadRank = 7,

    /// <summary>To a rank: all ranks are prepared; join them.</summary>
    Join = 8,

    /// <summary>To a rank: the inputs of a step, which every rank runs in the order in which they come.</summary>
    Step = 9,

    /// <summary>From the child: version and what the model is.</summary>
    Loaded = 64,

    /// <summary>From the child: the model cannot be loaded, and trying again will not help.</summary>
    LoadFailed = 65,

    /// <summary>From the child: one token of one request.</summary>
    Token = 66,

    /// <summary>From the child: a request ended without its last token.</summary>
    Failed = 67,

    /// <summary>From the child: the vectors of an <see cref="Encode"/>.</summary>
    Vectors = 68,

    /// <summary>From the child, with each batch of tokens: how the engine is.</summary>
    Status = 69,

    /// <summary>From the child: the answer to a <see cref="Ping"/>, with the engine's full status.</summary>
    Pong = 70,

    /// <summary>From the child, last: it ends in order.</summary>
    Bye = 71,

    /// <summary>From a rank: its weights are read; the version.</summary>
    Prepared = 72,

    /// <summary>From a rank: it has joined the others and takes steps, which it does not answer.</summary>
    Joined = 73,

    /// <summary>From a rank, last: it cannot go on, and so its group cannot.</summary>
    RankFailed = 74,
}
