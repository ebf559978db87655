defmodule LineCounter.Reader do
  @moduledoc """
  Reads the lines of files and counts them.
  """

  use GenServer
  alias LineCounter.{Cache, Source}
  require Logger

  @limit 1_000_000
  @extensions [".txt", ".md"]

  defstruct path: nil, lines: 0, errors: []

  @doc "Starts a reader."
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options \\ []) do
    GenServer.start_link(__MODULE__, options, name: __MODULE__)
  end

  @doc """
  The number of lines of a file, or an error.
  """
  def count(path) when is_binary(path) do
    if Path.extname(path) in @extensions do
      path
      |> File.stream!()
      |> Enum.count()
    else
      Logger.warning("not a text: #{path}")
      {:error, :unknown}
    end
  end

  def empty?(path), do: count(path) == 0

  # Where the cache has it, nothing is read.
  @impl true
  def handle_call({:count, path}, _from, state) do
    case Cache.fetch(state.cache, path) do
      {:ok, lines} ->
        {:reply, lines, state}

      :error ->
        lines = count(path)
        # remember it
        cache = Cache.put(state.cache, path, lines)
        {:reply, lines, %{state | cache: cache}}
    end
  end

  defp read(path) do
    try do
      body = File.read!(path)
      String.split(body, "\n")
    rescue
      error in File.Error ->
        Logger.error(Exception.message(error))
        []
    after
      Cache.flush()
    end
  end

  defmacro limit do
    quote do
      unquote(@limit)
    end
  end

  defmodule Totals do
    defstruct by_language: %{}

    def add(%__MODULE__{} = totals, language, lines) do
      update_in(totals.by_language, fn known ->
        Map.update(known, language, lines, &(&1 + lines))
      end)
    end
  end
end

ExUnit.start()
