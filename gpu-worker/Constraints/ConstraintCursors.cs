using System.Runtime.CompilerServices;
using Serverless.GpuWorker.Constraints.Quotes;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Constraints;

/// <summary>
/// Where each sequence's answer stands in its schema or its quotes. That follows from the answer's tokens alone, so that it need not be told of preemptions, resumed
/// answers or ends: it goes as its sequence goes. Not thread-safe.
/// </summary>
internal sealed class ConstraintCursors(ConstraintCompiler compiler)
{
    private readonly ConditionalWeakTable<Sequence, Cursor> _cursors = [];

    /// <summary>What may come after the answer so far, which only grows from one call to the next; null where what it is held to has not been read or the answer has left it.</summary>
    public TokenMask? MaskOf(Sequence sequence, ReadOnlySpan<int> answer)
    {
        if (!_cursors.TryGetValue(sequence, out var cursor))
        {
            if (Begin(sequence) is not { } begun)
                return null;

            _cursors.Add(sequence, cursor = begun);
        }
        return cursor.MaskAfter(answer);
    }

    private Cursor? Begin(Sequence sequence)
    {
        if (sequence.Form is { } read && sequence.Request.Sampling.Form is { } form)
            return new Cursor(compiler.Compile(form, read), null);

        return sequence.Quotes is { } quotes ? new Cursor(null, compiler.Begin(quotes)) : null;
    }

    private sealed class Cursor(TokenConstraint? constraint, QuoteCursor? quotes)
    {
        private ConstraintState? _state = constraint?.Start;
        private int _taken;

        public TokenMask? MaskAfter(ReadOnlySpan<int> answer)
        {
            if (constraint is null)
                return quotes!.MaskAfter(answer);

            for (; _taken < answer.Length; _taken++)
                _state = constraint.Next(_state!, answer[_taken]);

            return _state == ConstraintState.Dead ? null : constraint.MaskOf(_state!);
        }
    }
}
