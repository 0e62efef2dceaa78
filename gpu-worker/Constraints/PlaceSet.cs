namespace Serverless.GpuWorker.Constraints;

/// <summary>Places in the order in which a text leads to them, which decides about those that are kept in view; compared one by one.</summary>
internal readonly struct PlaceSet(Frame[] places) : IEquatable<PlaceSet>
{
    private readonly Frame[] _places = places;

    public bool Equals(PlaceSet other) => _places.AsSpan().SequenceEqual(other._places);

    public override bool Equals(object? obj) => obj is PlaceSet other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var place in _places)
            hash.Add(place.Id);

        return hash.ToHashCode();
    }
}
