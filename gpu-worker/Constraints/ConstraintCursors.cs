using System.Runtime.CompilerServices;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Constraints;

/// <summary>
/// Where each sequence's answer stands in its schema. That follows from the answer's tokens alone, so that it need not be told of preemptions, resumed
/// answers or ends: it goes as its sequence goes. Not thread-safe.
/// </summary>
internal sealed class ConstraintCursors(ConstraintCompiler compiler)
{
    private readonly ConditionalWeakTable<Sequence, Cursor> _cursors = [];

    /// <summary>What may come after the answer so far, which only grows from one call to the next; null where the sequence's schema has not been read or the answer has left it.</summary>
    public TokenMask? MaskOf(Sequence sequence, ReadOnlySpan<int> answer)
    {
        if (!_cursors.TryGetValue(sequence, out var cursor))
        {
            if (sequence.Schema is not { } schema)
                return null;

            cursor = new Cursor(compiler.Compile(schema));
            _cursors.Add(sequence, cursor);
        }
        return cursor.MaskAfter(answer);
    }

    private sealed class Cursor(TokenConstraint constraint)
    {
        private ConstraintState _state = constraint.Start;
        private int _taken;

        public TokenMask? MaskAfter(ReadOnlySpan<int> answer)
        {
            for (; _taken < answer.Length; _taken++)
                _state = constraint.Next(_state, answer[_taken]);

            return _state == ConstraintState.Dead ? null : constraint.MaskOf(_state);
        }
    }
}
