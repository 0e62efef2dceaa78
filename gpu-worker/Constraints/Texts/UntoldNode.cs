using System.Text;
using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints.Texts;

/// <summary>
/// A text before which the model may say what does not become text: the space that the tokenizer puts before a text, or whitespace that the caller has already. It is left out as the decoders
/// leave it out: as far as the answer begins with it, and then for good.
/// </summary>
/// <param name="isTokenizers">Whether it is the tokenizer's own space, which only some of the tokens that begin with a space lose.</param>
internal sealed class UntoldNode(SchemaNode text, string untold, bool isTokenizers) : TextNode
{
    // In ASCII, so that each byte is a character. A frame's A is how many of them have been met.
    private readonly byte[] _untold = Encoding.ASCII.GetBytes(untold);

    public bool IsTokenizers => isTokenizers;

    public override void Step(Frame frame, byte next, Successors successors)
    {
        var start = successors.Place(frame.Parent, text, text.StartPhase);
        if (_untold[frame.A] != next)
            successors.Step(start, next);
        else if (frame.A + 1 == _untold.Length)
            successors.Add(start);
        else
            successors.Add(frame.Parent, this, Between, frame.A + 1);
    }

    public override bool CanEnd(Frame frame) => text.TakesNothing;
}
