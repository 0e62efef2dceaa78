using System.Buffers.Binary;

namespace Serverless.Documents.Office97;

/// <summary>The cells of a row of a table, as its end says ([MS-DOC], sections 2.6.3 and 2.9.327).</summary>
internal sealed class WordRow
{
    private const int MostCells = 63;
    private const int CellBytes = 20;

    private readonly List<int> _edges = [];
    private readonly bool[] _covered = new bool[MostCells];
    private readonly bool[] _goesOn = new bool[MostCells];

    /// <summary>Where each cell begins, in twentieths of a point, and where the last ends.</summary>
    public IReadOnlyList<int> Edges => _edges;

    /// <summary>Whether the cell to its left takes its place.</summary>
    public bool IsCovered(int cell) => cell < MostCells && _covered[cell];

    /// <summary>Whether the cell above goes on in it.</summary>
    public bool GoesOn(int cell) => cell < MostCells && _goesOn[cell];

    /// <summary>Takes a change of a row's format; any other is left alone.</summary>
    public void Take(int code, ReadOnlySpan<byte> operand)
    {
        switch (code)
        {
            case WordModifiers.TableDefinition:
                Define(operand);
                break;
            // Cells of one row become one.
            case 0x5624 when operand.Length == 2:
                for (var cell = operand[0] + 1; cell < Math.Min((int)operand[1], MostCells); cell++) _covered[cell] = true;
                break;
            case 0xD62B when operand.Length == 2 && operand[0] < MostCells:
                _goesOn[operand[0]] = operand[1] == 1;
                break;
        }
    }

    private void Define(ReadOnlySpan<byte> operand)
    {
        if (operand.IsEmpty || operand[0] > MostCells || operand.Length < 1 + (2 * (operand[0] + 1))) return;
        int count = operand[0];
        _edges.Clear();
        for (var i = 0; i <= count; i++) _edges.Add(BinaryPrimitives.ReadInt16LittleEndian(operand[(1 + (2 * i))..]));
        var cells = operand[(1 + (2 * (count + 1)))..];
        for (var i = 0; i < count && cells.Length >= (CellBytes * i) + 2; i++)
        {
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(cells[(CellBytes * i)..]);
            (_covered[i], _goesOn[i]) = ((flags & 3) == 2 || (flags & 3) == 3, ((flags >> 5) & 3) == 1);
        }
    }
}
