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

    /// <summary>What may come next; null where the schema cannot be enforced or the answer has left it.</summary>
    public TokenMask? MaskOf(Sequence sequence)
    {
        if (!_cursors.TryGetValue(sequence, out var cursor))
        {
            if (Compile(sequence.Request.Sampling.JsonSchema!) is not { } constraint)
                return null;

            cursor = new Cursor(constraint);
            _cursors.Add(sequence, cursor);
        }
        return cursor.MaskAfter(sequence.GeneratedTokens);
    }

    private TokenConstraint? Compile(string schema)
    {
        try
        {
            return compiler.Compile(schema);
        }
        catch (SchemaException)
        {
            return null;
        }
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
