using System.IO.MemoryMappedFiles;

namespace Conntrack.Fuzz;

/// <summary>The input at hand in a mapped file, which outlives the process: a length of four bytes, then the input.</summary>
sealed class CurrentInput : IDisposable
{
    const int Capacity = 1 << 16;

    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;

    public CurrentInput(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, Capacity);
        _view = _file.CreateViewAccessor();
    }

    public void Keep(byte[] input)
    {
        _view.Write(0, input.Length);
        _view.WriteArray(sizeof(int), input, 0, input.Length);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
