using System.Text.Json;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>
/// An array of strings or integers no two of which are equal (<c>uniqueItems</c>), each in one spelling (<see cref="CharacterSpelling"/>), so that equal ones are equal byte for byte. What is
/// there already is a part of the place; an item goes on only where more can come of it than there are that begin like it.
/// </summary>
/// <param name="automaton">What each item is.</param>
/// <param name="areStrings">Whether items stand in quotation marks; otherwise they are digits.</param>
internal sealed class DistinctTextsNode(PatternAutomaton automaton, PatternCounts counts, bool areStrings, int least, int most) : SchemaNode
{
    // Within an item A is the automaton's state and B the place within a character; elsewhere B is the whitespace in a row.
    private const int Opened = 0, BeforeItem = 1, InItem = 2, AfterItem = 3;

    // Places of masks (<see cref="Alike"/>), whose text is the ends of those items that begin like the present one. A tells what may follow it.
    private const int InMask = 4, AfterMask = 5, BeforeMask = 6;
    private const int MayEnd = 1, MayGoOn = 2;

    // No string has it but as an escape.
    private const char Border = WrittenText.Border;

    private readonly CharacterSpelling _spelling = automaton.Spelling;

    public override JsonValueKind Kind => JsonValueKind.Array;

    public override bool IsContainer => true;

    public override bool HasOwnPlaces => true;

    public override long Bytes => 300 + automaton.Bytes;

    public override int MeasureHeight() => 1;

    public override ReadOnlySpan<byte> FirstBytes => "["u8;

    public override void Begin(Frame after, byte first, Successors successors)
    {
        if (first == '[')
            successors.Add(after, this, Opened, text: WrittenText.Empty);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        switch (frame.Phase)
        {
            case InItem:
                StepWithin(frame, next, successors);
                break;
            case InMask:
                StepMask(frame, next, successors);
                break;
            case var _ when Successors.IsWhitespace(next):
                if (frame.B < ConstraintLimits.Whitespace)
                    successors.Add(frame.Parent, this, frame.Phase, frame.A, frame.B + 1, frame.Text);
                break;
            case AfterMask or BeforeMask:
                StepBehindMask(frame, next, successors);
                break;
            default:
                StepBetween(frame, next, successors);
                break;
        }
    }

    public override byte[]? KindsAt(Frame frame) => areStrings && frame is { Phase: InMask, Text: "" } ? _spelling.KindsAt(frame.B >> 2) : null;

    /// <summary>
    /// Within an item, a place that knows of the others only what they have beyond the present text, and lets no item begin behind it: tokens that hold the end of one and more
    /// than the mark of the next are not written. So all texts that no other begins like are one.
    /// </summary>
    public override Frame Alike(Frame frame, int reach, FrameTable frames)
    {
        if (frame.Phase != InItem)
            return frame;

        var written = (WrittenText)frame.Text!;
        string text = written.ToString();
        int items = written.Items + 1, start = text.LastIndexOf(Border) + 1;
        var ends = Others(text, start).Where(other => other.StartsWith(text[start..], StringComparison.Ordinal)).Select(other => other[(text.Length - start)..] + Border);
        int follows = (items >= least ? MayEnd : 0) | (HasRoom(items) ? MayGoOn : 0);
        return frames.Of(frame.Parent, this, InMask, frame.A, (frame.B << 2) | follows, string.Concat(ends.Order(StringComparer.Ordinal)));
    }

    private void StepBetween(Frame frame, byte next, Successors successors)
    {
        int items = ((WrittenText)frame.Text!).Items;
        if (next == ']')
        {
            if (frame.Phase != BeforeItem && items >= least)
                successors.Add(frame.Parent!);
        }
        else if (frame.Phase != AfterItem)
        {
            if (!HasRoom(items))
                return;

            if (!areStrings)
                Lengthen(frame, PatternAutomaton.Start, CharacterSpelling.Between, next, successors);
            else if (next == '"')
                successors.Add(frame.Parent, this, InItem, PatternAutomaton.Start, CharacterSpelling.Between, frame.Text);
        }
        else if (next == ',' && HasRoom(items))
        {
            successors.Add(frame.Parent, this, BeforeItem, text: frame.Text);
        }
    }

    private void StepWithin(Frame frame, byte next, Successors successors)
    {
        if (frame.B != CharacterSpelling.Between || !IsEnd(next))
        {
            Lengthen(frame, frame.A, frame.B, next, successors);
            return;
        }
        var written = (WrittenText)frame.Text!;
        string text = written.ToString();
        int start = text.LastIndexOf(Border) + 1;
        if (automaton.IsAccepting(frame.A) && !Others(text, start).Contains(text[start..]))
            End(successors.Place(frame.Parent, this, AfterItem, text: written.With(Border)), next, successors);
    }

    private void Lengthen(Frame frame, int from, int within, byte next, Successors successors)
    {
        if (After(from, within, next) is not var (state, place))
            return;

        var longer = ((WrittenText)frame.Text!).With((char)next);
        string text = longer.ToString();
        int start = text.LastIndexOf(Border) + 1;
        if (counts.From(state, place) > Others(text, start).Count(other => other.StartsWith(text[start..], StringComparison.Ordinal)))
            successors.Add(frame.Parent, this, InItem, state, place, longer);
    }

    /// <summary>Whether an item ends here: a string with its mark, digits before what follows them.</summary>
    private bool IsEnd(byte next) => areStrings ? next == '"' : Successors.IsWhitespace(next) || next is (byte)',' or (byte)']';

    private void End(Frame after, byte next, Successors successors)
    {
        if (areStrings)
            successors.Add(after);
        else
            successors.Step(after, next);
    }

    private void StepMask(Frame frame, byte next, Successors successors)
    {
        var (place, follows) = (frame.B >> 2, frame.B & 3);
        string text = (string)frame.Text!;
        string[] ends = Others(text, text.Length);
        if (place == CharacterSpelling.Between && IsEnd(next))
        {
            if (automaton.IsAccepting(frame.A) && !ends.Contains(""))
                End(successors.Place(frame.Parent, this, AfterMask, follows), next, successors);
            return;
        }
        if (After(frame.A, place, next) is not var (state, then))
            return;

        string[] left = [.. ends.Where(end => end.Length > 0 && end[0] == next).Select(end => end[1..])];
        if (counts.From(state, then) > left.Length)
            successors.Add(frame.Parent, this, InMask, state, (then << 2) | follows, string.Concat(left.Select(end => end + Border)));
    }

    private void StepBehindMask(Frame frame, byte next, Successors successors)
    {
        if (frame.Phase == BeforeMask)
        {
            // Nothing leads on from there: what may be within the next item hangs on what the masks do not know.
            if (areStrings && next == '"' && frame.Text is null)
                successors.Add(frame.Parent, this, BeforeMask, b: ConstraintLimits.Whitespace, text: "\"");
        }
        else if (next == ']' && (frame.A & MayEnd) != 0)
        {
            successors.Add(frame.Parent!);
        }
        else if (next == ',' && (frame.A & MayGoOn) != 0)
        {
            successors.Add(frame.Parent, this, BeforeMask);
        }
    }

    /// <summary>Where a byte within a string leads; null where no string goes on.</summary>
    private (int State, int Place)? After(int state, int place, byte next)
    {
        int target = _spelling.Next(place, next);
        if (target == CharacterSpelling.None)
            return null;

        return target > 0 ? (state, target) : automaton.Next(state, ~target) is var then && then != PatternAutomaton.None ? (then, CharacterSpelling.Between) : null;
    }

    private bool HasRoom(int items) => items < most && counts.From(PatternAutomaton.Start, CharacterSpelling.Between) > items;

    /// <summary>The items that end before <paramref name="end"/>.</summary>
    private static string[] Others(string text, int end) => end == 0 ? [] : text[..(end - 1)].Split(Border);
}
